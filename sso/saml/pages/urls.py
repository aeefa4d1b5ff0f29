"""Where browsers come for a sign-on and with its outcome, and where logout messages come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from iac_platform.gateway.bodies import takes_anonymous_body
from sso.federation.navigations import navigations_only
from sso.federation.views import lazy_view
from sso.sign_in.pages.access import account_page, sign_in_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase

# A response of the largest size that is read, in base64, and encoded once more by the form.
_LARGEST_RESPONSE = 1024 * 1024
# A logout message has a name, a signature and a certificate at most.
_LARGEST_LOGOUT = 64 * 1024


def _loaded(module: str, function: str) -> Callable[..., HttpResponseBase]:
    return lazy_view(f"sso.saml.pages.{module}", function)


_login = require_GET(navigations_only("document")(sign_in_page(_loaded("protocol", "login"))))
_link = sensitive_post_parameters("current")(
    require_POST(account_page(_loaded("protocol", "link")))
)
# The identity provider's page posts here, and can have no token of ours: what answers a request
# of this very browser is told by a cookie of its own.
_consume = csrf_exempt(
    takes_anonymous_body(_LARGEST_RESPONSE)(
        sensitive_post_parameters("SAMLResponse")(
            require_POST(navigations_only("document")(sign_in_page(_loaded("consumer", "consume"))))
        )
    )
)
# Here no cookie decides: a message is believed by its signature.
_logout = csrf_exempt(
    takes_anonymous_body(_LARGEST_LOGOUT)(
        require_http_methods(["GET", "POST"])(
            # Identity providers have several services sign somebody out in frames of one page.
            navigations_only("document", "iframe", "frame")(
                sign_in_page(_loaded("logout", "single_logout"))
            )
        )
    )
)

urlpatterns = [
    path("sso/saml/<slug:slug>/login/", _login, name="saml-login"),
    path("sso/saml/<slug:slug>/link/", _link, name="saml-link"),
    path("sso/saml/<slug:slug>/acs/", _consume, name="saml-acs"),
    path("sso/saml/<slug:slug>/slo/", _logout, name="saml-slo"),
]
