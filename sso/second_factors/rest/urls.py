"""Where the API has second factors."""

from rest_framework.routers import SimpleRouter

from sso.second_factors.rest.views import SecondFactorViewSet

router = SimpleRouter()
router.register("second-factors", SecondFactorViewSet, basename="second-factor")
urlpatterns = router.urls
