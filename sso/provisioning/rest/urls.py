"""Where mappings and identities are."""

from rest_framework.routers import SimpleRouter

from sso.provisioning.rest.identities import IdentityViewSet
from sso.provisioning.rest.views import ProviderMappingViewSet

router = SimpleRouter()
router.register("sso/provider-mappings", ProviderMappingViewSet, basename="provider-mapping")
router.register("sso/identities", IdentityViewSet, basename="identity")
urlpatterns = router.urls
