"""Where the API has workload identities."""

from rest_framework.routers import SimpleRouter

from sso.workload_identity.rest.views import WorkloadIdentityViewSet

router = SimpleRouter(use_regex_path=False)
router.register("sso/workload-identities", WorkloadIdentityViewSet, basename="workload-identity")
urlpatterns = router.urls
