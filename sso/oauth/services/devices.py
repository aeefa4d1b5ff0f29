"""Signing a device in: it asks, a person approves it in a browser, and it gets their token."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from iac_platform.common.errors import DomainError
from iac_platform.common.transactions import one_transaction
from rbac.models import ApiToken, User
from rbac.permissions import CREATE_TOKEN
from rbac.policy import require_of
from rbac.selectors import user_by_id
from rbac.services.audit import record
from rbac.services.tokens import create_token
from rbac.token_limits import checked_scopes
from sso.oauth.codes import device_digest, new_device_code, new_user_code, user_digest
from sso.oauth.errors import DeviceNotFound, OAuthErrorCode, TooManyDevices
from sso.oauth.models import POLL_SECONDS, Decision, DeviceAuthorization
from sso.sign_in.models import Session
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

LIFETIME: Final = timedelta(minutes=10)
MOST_PENDING: Final = 5_000
_LONGEST_POLL_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class StartedDevice:
    """The codes of a device: this is the only time that they can be seen."""

    authorization: DeviceAuthorization
    device_code: str = field(repr=False)
    user_code: str = field(repr=False)


def start_device(
    *, client_name: str, scopes: Iterable[str] | None, address: str | None
) -> StartedDevice:
    """Note that a device asks for a token; until somebody approves it, it gets none.

    Args:
        client_name: what the program calls itself.
        scopes: the permissions that it asks for; None for all that the person has.
        address: where it asks from.

    Raises:
        InvalidToken: a scope names no permission.
        TooManyDevices: as many wait as may.
    """
    now = timezone.now()
    if DeviceAuthorization.objects.filter(expires_at__gt=now).count() >= MOST_PENDING:
        raise TooManyDevices
    device_code, user_code = new_device_code(), new_user_code()
    authorization = DeviceAuthorization.objects.create(
        device_digest=device_digest(device_code),
        user_digest=user_digest(user_code, current_tenant().id),
        client_name=client_name,
        address=address,
        scopes=checked_scopes(scopes),
        expires_at=now + LIFETIME,
    )
    return StartedDevice(authorization, device_code, user_code)


def pending_device(user_code: str) -> DeviceAuthorization:
    """The device whose code somebody has typed.

    Raises:
        DeviceNotFound: none of this tenant waits with it.
    """
    digest = user_digest(user_code, current_tenant().id)
    rows = DeviceAuthorization.objects.filter(
        user_digest=digest, decision=Decision.PENDING, expires_at__gt=timezone.now()
    )
    found = rows.first()
    if found is None:
        raise DeviceNotFound
    return found


@one_transaction()
def approve_device(
    device: DeviceAuthorization,
    *,
    actor: User,
    session: Session,
    token_name: str,
    token_expires_at: datetime | None,
) -> None:
    """Let a device have a token of one's own.

    Args:
        device: that waits.
        actor: whose token it gets.
        session: in which they approve it; once it has ended, there is no token.
        token_name: by which they tell it from others.
        token_expires_at: from when on it is dead; None for never.

    Raises:
        DeviceNotFound: it waits no longer.
        NotPermitted: the actor may create no tokens.
    """
    waiting = _locked(device)
    require_of(actor, CREATE_TOKEN, ApiToken(user=actor, name=token_name))
    waiting.decision = Decision.APPROVED
    waiting.user_id, waiting.session_id = actor.pk, session.pk
    waiting.token_name, waiting.token_expires_at = token_name, token_expires_at
    waiting.save()
    _record("device.approve", waiting, actor)


@one_transaction()
def deny_device(device: DeviceAuthorization, *, actor: User) -> None:
    """Let a device have no token.

    Raises:
        DeviceNotFound: it waits no longer.
    """
    waiting = _locked(device)
    waiting.decision = Decision.DENIED
    waiting.save(update_fields=["decision"])
    _record("device.deny", waiting, actor)


def redeem_device_code(
    device_code: str, *, client_name: str
) -> tuple[ApiToken, str] | OAuthErrorCode:
    """The token of a device that was approved, once; else why there is none.

    Args:
        device_code: its own.
        client_name: as when it asked.

    Returns:
        The row and the token itself, or what OAuth calls the reason.
    """
    try:
        return _redeemed(device_code, client_name)
    except DomainError:  # whoever approved it may not any more
        return OAuthErrorCode.ACCESS_DENIED


@one_transaction()
def _redeemed(device_code: str, client_name: str) -> tuple[ApiToken, str] | OAuthErrorCode:
    rows = DeviceAuthorization.objects.select_for_update()
    device = rows.filter(device_digest=device_digest(device_code)).first()
    if device is None or device.client_name != client_name:
        return OAuthErrorCode.INVALID_GRANT
    if device.expires_at <= timezone.now():
        return OAuthErrorCode.EXPIRED_TOKEN
    if device.decision == Decision.PENDING:
        return _polled(device)
    device.delete()
    return _token_for(device)


def _polled(device: DeviceAuthorization) -> OAuthErrorCode:
    """Note when a device has asked; whoever does not wait must wait longer (section 3.5)."""
    now, before = timezone.now(), device.polled_at
    is_too_fast = before is not None and now - before < timedelta(seconds=device.poll_seconds)
    if is_too_fast:
        longer = device.poll_seconds + POLL_SECONDS
        device.poll_seconds = min(longer, _LONGEST_POLL_SECONDS)
    device.polled_at = now
    device.save(update_fields=["polled_at", "poll_seconds"])
    return OAuthErrorCode.SLOW_DOWN if is_too_fast else OAuthErrorCode.AUTHORIZATION_PENDING


def _token_for(device: DeviceAuthorization) -> tuple[ApiToken, str] | OAuthErrorCode:
    """The token of whoever has approved a device, if they are still signed in where they did."""
    if device.user_id is None or device.session_id is None:
        return OAuthErrorCode.ACCESS_DENIED
    user = user_by_id(device.user_id)
    sessions = Session.objects.filter(pk=device.session_id, expires_at__gt=timezone.now())
    if user is None or not sessions.filter(user=user).exists():
        return OAuthErrorCode.ACCESS_DENIED
    return create_token(
        user,
        name=device.token_name,
        actor=user,
        expires_at=device.token_expires_at,
        scopes=device.scopes,
    )


def _locked(device: DeviceAuthorization) -> DeviceAuthorization:
    rows = DeviceAuthorization.objects.select_for_update()
    now = timezone.now()
    found = rows.filter(pk=device.pk, decision=Decision.PENDING, expires_at__gt=now).first()
    if found is None:
        raise DeviceNotFound
    return found


def _record(action: str, device: DeviceAuthorization, actor: User) -> None:
    changes = {"client": device.client_name, "address": device.address, "scopes": device.scopes}
    record(action, device, actor=actor, changes=changes)
