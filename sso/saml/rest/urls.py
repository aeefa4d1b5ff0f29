"""Where the API has SAML configurations."""

from rest_framework.routers import SimpleRouter

from sso.saml.rest.views import SamlConfigurationViewSet

router = SimpleRouter(use_regex_path=False)
router.register("sso/saml", SamlConfigurationViewSet, basename="saml-configuration")
urlpatterns = router.urls
