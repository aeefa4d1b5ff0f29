"""The codes of a device: one that it keeps, and one that a person types (RFC 8628, section 6.1)."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Final

from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from uuid import UUID

# No vowels, so that no words appear, and no digits, so that it is typed on any keyboard.
_ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ"
_LETTERS: Final = 8
_HALF: Final = _LETTERS // 2


def new_device_code() -> str:
    """A code that the device keeps: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_user_code() -> str:
    """Eight letters of 20, as ``WDJB-MJHT``: over 25 billion."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))
    return f"{letters[:_HALF]}-{letters[_HALF:]}"


def typed(text: str) -> str:
    """A user code as somebody may type it: in any case, and with anything between the letters."""
    letters = "".join(each for each in text.upper() if each in _ALPHABET)
    return f"{letters[:_HALF]}-{letters[_HALF:]}" if len(letters) == _LETTERS else ""


def device_digest(code: str) -> str:
    """What is stored of a device code."""
    return hashlib.sha256(code.encode()).hexdigest()


def user_digest(code: str, tenant_id: UUID) -> str:
    """What is stored of a user code: it is short, so the site's key goes into it."""
    salt = f"sso.oauth.user_code:{tenant_id}"
    return salted_hmac(salt, code, algorithm="sha256").hexdigest()
