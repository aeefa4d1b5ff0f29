"""Where the endpoints of this app are."""

from rest_framework.routers import SimpleRouter

from tenants.domains.rest.views import DomainViewSet
from tenants.operations.rest import OperationViewSet
from tenants.service_plans.rest import ServicePlanViewSet
from tenants.tenants.rest.views import TenantResourceViewSet

router = SimpleRouter()
router.register("tenants", TenantResourceViewSet, basename="tenant")
router.register("operations", OperationViewSet, basename="operation")
router.register("service-plans", ServicePlanViewSet, basename="service-plan")
router.register("domains", DomainViewSet, basename="domain")

urlpatterns = router.urls
