"""Where the login log is."""

from rest_framework.routers import SimpleRouter

from sso.login_events.rest.views import LoginEventViewSet

router = SimpleRouter()
router.register("sso/login-events", LoginEventViewSet, basename="login-event")
urlpatterns = router.urls
