"""Where browsers come for a sign-on, and with its outcome."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.urls import path
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from sso.federation.navigations import navigations_only
from sso.sign_in.pages.access import account_page, sign_in_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


def _loaded(module: str, function: str) -> Callable[..., HttpResponseBase]:
    """A view whose module, and the library that it needs, are loaded by its first request."""

    def view(request: HttpRequest, **address: Any) -> HttpResponseBase:
        found = getattr(import_module(f"sso.oidc.pages.{module}"), function)
        response: HttpResponseBase = found(request, **address)
        return response

    return view


_login = require_GET(navigations_only("document")(sign_in_page(_loaded("login", "begin"))))
_link = sensitive_post_parameters("current")(
    require_POST(account_page(_loaded("linking", "begin_link")))
)
_callback = require_GET(navigations_only("document")(sign_in_page(_loaded("callback", "finish"))))

urlpatterns = [
    path("sso/oidc/<slug:slug>/login/", _login, name="oidc-login"),
    path("sso/oidc/<slug:slug>/link/", _link, name="oidc-link"),
    path("sso/oidc/<slug:slug>/callback/", _callback, name="oidc-callback"),
]
