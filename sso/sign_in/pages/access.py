"""Who is let into which page."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from iac_platform.gateway.hosts import at_a_tenants_host
from rbac.policy import check
from sso.sign_in.recent import authenticated_recently

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from iac_platform.common.permissions import Permission

    View = Callable[..., HttpResponseBase]


def require_page(user: Any, permission: Permission, obj: Model | None = None) -> None:
    """Go on only if the user may; else the page that says so is shown, and it is on record.

    Raises:
        PermissionDenied: they may not.
    """
    if not check(user, permission, obj):
        raise PermissionDenied


def sign_in_page(view: View) -> View:
    """Serve a page at tenants' hosts alone, and have nobody keep it."""
    return never_cache(at_a_tenants_host("sign_in/no_tenant.html")(view))


def account_page(view: View) -> View:
    """Let through whoever has signed in, and lead others to the sign-in and back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return sign_in_page(guarded)


def confirmed_page(view: View) -> View:
    """An account page that is served only soon after an authentication; others confirm it first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not authenticated_recently(request.session):
            return redirect(confirmation_url(request.get_full_path()))
        return view(request, *args, **kwargs)

    return account_page(guarded)


def confirmation_url(next_page: str) -> str:
    """Where somebody who has signed in shows once more who they are, and goes on from there."""
    return f"{reverse('account-confirm')}?{urlencode({'next': next_page})}"
