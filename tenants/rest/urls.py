"""Where the endpoints of this app are."""

from rest_framework.routers import SimpleRouter

from tenants.rest.domains import DomainViewSet
from tenants.rest.operations import OperationViewSet
from tenants.rest.service_plans import ServicePlanViewSet
from tenants.rest.views import TenantResourceViewSet

router = SimpleRouter()
router.register("tenants", TenantResourceViewSet, basename="tenant")
router.register("operations", OperationViewSet, basename="operation")
router.register("service-plans", ServicePlanViewSet, basename="service-plan")
router.register("domains", DomainViewSet, basename="domain")

urlpatterns = router.urls
