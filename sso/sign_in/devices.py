"""Browsers that an account's owner has signed in from before.

After a sign-in a browser keeps a signed cookie for that account. With it, tries are counted
by themselves: whatever others do, elsewhere or in the same network, the owner's own browser
can sign in (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). The cookie opens
nothing: it only says which counter a password is tried under.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner

from iac_platform.common.hooks import Hooks
from sso.sign_in.browsers import described
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from rbac.models import User

# Told of a browser from which somebody signs in for the first time, in a few words.
NEW_DEVICE_LISTENERS: Hooks[Callable[[User, str], object]] = Hooks("listeners to new devices")

_PREFIX = "device-"
_NAME_DIGITS = 20
_DEVICE_BYTES = 16
KNOWN_SECONDS = 180 * 24 * 60 * 60


def known_device(request: HttpRequest, account: str) -> str:
    """The name of the browser, if it is known for an account; else nothing."""
    signed = request.COOKIES.get(_cookie_of(account), "")
    try:
        device = _signer(account).unsign(signed, max_age=KNOWN_SECONDS)
    except BadSignature:
        return ""
    return str(device)


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let a browser be known for somebody's account; one that was not, they are told of."""
    account = user.username_key
    device = known_device(request, account)
    if not device:
        device = secrets.token_urlsafe(_DEVICE_BYTES)
        browser = described(request.headers.get("User-Agent", ""))
        for listener in NEW_DEVICE_LISTENERS.all().values():
            listener(user, browser)
    response.set_cookie(
        _cookie_of(account),
        _signer(account).sign(device),
        max_age=KNOWN_SECONDS,
        path=settings.LOGIN_URL,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def _cookie_of(account: str) -> str:
    """One cookie for each account; its name is the same whichever key signs."""
    return _PREFIX + hashlib.sha256(_salt(account).encode()).hexdigest()[:_NAME_DIGITS]


def _signer(account: str) -> TimestampSigner:
    return TimestampSigner(salt=_salt(account))


def _salt(account: str) -> str:
    return f"sso.sign_in.device:{current_tenant().pk}:{account}"
