"""Every address that the platform answers."""

from django.urls import include, path

from iac_platform.admin.site import site
from rbac.admin.invitation_page import accept

urlpatterns = [
    path("admin/invitation/", accept, name="invitation"),
    path("admin/", site.urls),
    path("api/v1/", include("iac_platform.api")),
    path("", include("iac_platform.gateway.urls")),
]

handler400 = "iac_platform.gateway.problems.pages.bad_request"
handler403 = "iac_platform.gateway.problems.pages.permission_denied"
handler404 = "iac_platform.gateway.problems.pages.page_not_found"
handler500 = "iac_platform.gateway.problems.pages.server_error"
