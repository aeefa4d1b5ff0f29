"""Where browsers come for a sign-on, and with its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from iac_platform.gateway.bodies import takes_anonymous_body
from sso.federation.navigations import navigations_only
from sso.federation.views import lazy_view
from sso.sign_in.pages.access import account_page, sign_in_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase


_LARGEST_LOGOUT = 64 * 1024


def _loaded(module: str, function: str) -> Callable[..., HttpResponseBase]:
    return lazy_view(f"sso.oidc.pages.{module}", function)


_login = require_GET(navigations_only("document")(sign_in_page(_loaded("protocol", "login"))))
_link = sensitive_post_parameters("current")(
    require_POST(account_page(_loaded("protocol", "link")))
)
_callback = require_GET(navigations_only("document")(sign_in_page(_loaded("callback", "finish"))))
_signed_out = require_GET(
    navigations_only("document")(sign_in_page(_loaded("logout", "signed_out")))
)
# Providers post here from server to server: a logout is believed by its signature, no cookie.
_backchannel_logout = csrf_exempt(
    takes_anonymous_body(_LARGEST_LOGOUT)(
        sensitive_post_parameters("logout_token")(
            require_POST(sign_in_page(_loaded("logout", "backchannel_logout")))
        )
    )
)
_frontchannel_logout = require_GET(
    navigations_only("iframe", "frame")(sign_in_page(_loaded("logout", "frontchannel_logout")))
)

urlpatterns = [
    path("sso/oidc/<slug:slug>/login/", _login, name="oidc-login"),
    path("sso/oidc/<slug:slug>/link/", _link, name="oidc-link"),
    path("sso/oidc/<slug:slug>/callback/", _callback, name="oidc-callback"),
    path("sso/oidc/<slug:slug>/signed-out/", _signed_out, name="oidc-signed-out"),
    path(
        "sso/oidc/<slug:slug>/backchannel-logout/",
        _backchannel_logout,
        name="oidc-backchannel-logout",
    ),
    path(
        "sso/oidc/<slug:slug>/frontchannel-logout/",
        _frontchannel_logout,
        name="oidc-frontchannel-logout",
    ),
]
