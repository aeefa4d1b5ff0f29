"""Where mappings are."""

from rest_framework.routers import SimpleRouter

from sso.provisioning.rest.views import ProviderMappingViewSet

router = SimpleRouter()
router.register("sso/provider-mappings", ProviderMappingViewSet, basename="provider-mapping")
urlpatterns = router.urls
