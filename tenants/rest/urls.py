"""Where the endpoints of this app are."""

from rest_framework.routers import SimpleRouter

from tenants.rest.views import TenantResourceViewSet

router = SimpleRouter()
router.register("tenants", TenantResourceViewSet, basename="tenant")

urlpatterns = router.urls
