"""Where the API has OpenID Connect configurations."""

from rest_framework.routers import SimpleRouter

from sso.oidc.rest.views import OidcConfigurationViewSet

router = SimpleRouter(use_regex_path=False)
router.register("sso/oidc", OidcConfigurationViewSet, basename="oidc-configuration")
urlpatterns = router.urls
