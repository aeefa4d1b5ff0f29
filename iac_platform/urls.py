"""Every address that the platform answers."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

from iac_platform.admin.site import site
from iac_platform.gateway.routing import by_segment

urlpatterns = [
    path("", RedirectView.as_view(url=settings.ACCOUNT_PAGE)),
    path("", include("sso.sign_in.urls")),
    path("", include("sso.second_factors.urls")),
    path("", include("sso.provisioning.urls")),
    path("", include("sso.saml.urls")),
    path("", include("sso.oidc.urls")),
    path("", include("sso.scim.urls")),
    path("", include("sso.oauth.urls")),
    # In links that were sent before; a browser keeps what stands after the #.
    path("admin/invitation/", RedirectView.as_view(url=settings.INVITATION_PAGE)),
    path("admin/", site.urls),
    by_segment("api/v1/", "iac_platform.api"),
    path("", include("iac_platform.gateway.urls")),
]

handler400 = "iac_platform.gateway.problems.pages.bad_request"
handler403 = "iac_platform.gateway.problems.pages.permission_denied"
handler404 = "iac_platform.gateway.problems.pages.page_not_found"
handler500 = "iac_platform.gateway.problems.pages.server_error"
