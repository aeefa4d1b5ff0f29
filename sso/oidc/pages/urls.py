"""Where browsers come for a sign-on, and with its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from sso.federation.navigations import navigations_only
from sso.federation.views import lazy_view
from sso.sign_in.pages.access import account_page, sign_in_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase


def _loaded(module: str, function: str) -> Callable[..., HttpResponseBase]:
    return lazy_view(f"sso.oidc.pages.{module}", function)


_login = require_GET(navigations_only("document")(sign_in_page(_loaded("protocol", "login"))))
_link = sensitive_post_parameters("current")(
    require_POST(account_page(_loaded("protocol", "link")))
)
_callback = require_GET(navigations_only("document")(sign_in_page(_loaded("callback", "finish"))))

urlpatterns = [
    path("sso/oidc/<slug:slug>/login/", _login, name="oidc-login"),
    path("sso/oidc/<slug:slug>/link/", _link, name="oidc-link"),
    path("sso/oidc/<slug:slug>/callback/", _callback, name="oidc-callback"),
]
