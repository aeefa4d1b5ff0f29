"""Where the API has SCIM tokens."""

from rest_framework.routers import SimpleRouter

from sso.scim.rest.views import ScimTokenViewSet

router = SimpleRouter(use_regex_path=False)
router.register("sso/scim-tokens", ScimTokenViewSet, basename="scim-token")
urlpatterns = router.urls
