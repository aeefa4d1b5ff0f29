"""Where the API has e-mail."""

from rest_framework.routers import SimpleRouter

from sso.emails.rest.views import EmailViewSet

router = SimpleRouter()
router.register("emails", EmailViewSet, basename="email")
urlpatterns = router.urls
