"""Where somebody goes after the sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from rbac.permissions import USE_ADMIN
from rbac.policy import check

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User

NEXT = "next"
_LEAD_BACK = {
    *("login", "logout", "invitation", "account-confirm", "account-identity-unlink"),
    *("second-factor", "second-factor-set-up", "account-confirm-second-factor"),
    *("saml-login", "saml-link", "saml-acs", "saml-slo", "saml-metadata"),
    *("oidc-login", "oidc-link", "oidc-callback"),
}


def landing(request: HttpRequest, user: User) -> str:
    """The page that was asked for before the sign-in, if it is one of this host; else a start."""
    return asked_for(request) or start_of(user)


def start_of(user: User) -> str:
    """Where somebody begins who asked for no page."""
    return reverse("admin:index") if check(user, USE_ADMIN) else reverse("account")


def asked_for(request: HttpRequest) -> str:
    """The page that ``next`` names; nothing if it is elsewhere, no page, or not there."""
    return safe_page(request, request.POST.get(NEXT) or request.GET.get(NEXT) or "")


def safe_page(request: HttpRequest, wanted: str) -> str:
    """A page of this host that somebody may be led to; nothing if it is elsewhere or not there."""
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and _is_page(urlsplit(wanted).path) else ""


def _is_page(path: str) -> bool:
    """Whether a browser finds a page there; the admin's answer to all other paths has no name."""
    if path.startswith(tuple(settings.API_PREFIXES)):
        return False
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return bool(match.url_name) and match.url_name not in _LEAD_BACK
