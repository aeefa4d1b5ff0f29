"""Creating, rotating and revoking SCIM tokens.

Whoever holds one decides who the tenant's users are. So creating or rotating one needs, beside its
permission, all that an admin may do. The form and the digest are those of API tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from iac_platform.common.access import access_policy
from iac_platform.common.changes import changing, not_found, require_valid
from iac_platform.common.transactions import one_transaction
from rbac import tokens
from rbac.errors import InvalidToken
from rbac.selectors import creator
from rbac.services.audit import record
from rbac.services.tokens import DEFAULT_GRACE_PERIOD, FINDER, LONGEST_GRACE_PERIOD
from rbac.token_limits import checked_networks
from sso.provisioning.models import ProviderKind
from sso.provisioning.providers import find_provider
from sso.scim.errors import InvalidScimToken, ScimTokenRotated, TooManyScimTokens
from sso.scim.models import ScimDirectory, ScimToken
from sso.scim.permissions import CREATE_SCIM_TOKEN, DELETE_SCIM_TOKEN, ROTATE_SCIM_TOKEN
from sso.sign_in.services.trust import require_admins_rights
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta
    from uuid import UUID

    from iac_platform.common.audit import Actor

MOST_TOKENS = 10  # of a directory, that live
_LIVES = Q(expires_at=None) | Q(expires_at__gt=Now())


@one_transaction()
def create_scim_token(
    *,
    name: str,
    provider_kind: str,
    provider_id: UUID,
    actor: Actor,
    expires_at: datetime | None = None,
    networks: Iterable[str] | None = None,
) -> tuple[ScimToken, str]:
    """Create a token by which an identity provider manages users and groups.

    Args:
        name: by which people tell it from others.
        provider_kind: the protocol by which the provider's people sign on.
        provider_id: of that configuration.
        actor: who creates it.
        expires_at: from when on it is not valid; None for never.
        networks: from which it may be used, in CIDR notation; None for any.

    Returns:
        The row, and the token itself: this is the only time that it can be seen.

    Raises:
        NotPermitted: the actor may not.
        CannotGrant: an admin may do what the actor may not.
        InvalidScimToken: there is no such provider, or a field does not fit.
        TooManyScimTokens: the provider has as many as one may have.
    """
    token = ScimToken(
        name=name,
        directory=ScimDirectory(provider_kind=provider_kind, provider_id=provider_id),
        networks=_networks(networks),
        expires_at=expires_at,
        created_by=creator(actor),
    )
    access_policy().require(actor, CREATE_SCIM_TOKEN, token)
    require_admins_rights(actor)
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidScimToken.at("expires_at", "It lies in the past.")
    _require_provider(provider_kind, provider_id)
    token.directory = _get_or_create(provider_kind, provider_id)
    secret = _write(token)
    record("scim_token.create", token, actor=actor, changes=_described(token))
    return token, secret


@one_transaction()
def rotate_scim_token(
    token: ScimToken, *, actor: Actor, grace_period: timedelta = DEFAULT_GRACE_PERIOD
) -> tuple[ScimToken, str]:
    """Replace a token by a new one with the same name, networks and length of life.

    Args:
        token: which; it lives on for ``grace_period``, and no longer than it would have.
        actor: who rotates it.
        grace_period: how long both are valid, at most 7 days.

    Returns:
        The new row, and the new token itself: this is the only time that it can be seen.

    Raises:
        NotPermitted, CannotGrant: see ``create_scim_token``.
        InvalidScimToken: it is not valid any more, or the grace period is too long.
        ScimTokenRotated: it was rotated before, and what replaced it lives.
    """
    access_policy().require(actor, ROTATE_SCIM_TOKEN, token)
    require_admins_rights(actor)
    old = ScimToken.objects.select_for_update().filter(pk=token.pk).first()
    if old is None:
        raise not_found(token)
    _require_replaceable(old, grace_period)
    wanted = ScimToken(
        directory=old.directory,
        name=old.name,
        networks=old.networks,
        expires_at=_successors_end(old),
        created_by=creator(actor),
        replaces=old,
    )
    secret = _write(wanted)
    end = timezone.now() + grace_period
    old.expires_at = end if old.expires_at is None else min(old.expires_at, end)
    old.save(update_fields=["expires_at"])
    changes = {**_described(wanted), "replaces": str(old.pk), "both_until": old.expires_at}
    record("scim_token.rotate", wanted, actor=actor, changes=changes)
    return wanted, secret


def revoke_scim_token(token: ScimToken, *, actor: Actor) -> ScimToken:
    """Revoke a token; the next request that shows it is refused. Users and groups stay.

    Raises:
        ScimTokenNotFound: there is none, or the actor may not see it.
        NotPermitted: the actor may not revoke it.
    """
    with changing(
        token,
        actor=actor,
        permission=DELETE_SCIM_TOKEN,
        action="scim_token.revoke",
        describe=lambda each: {"revoked_at": each.revoked_at},
    ) as draft:
        draft.revoked_at = draft.revoked_at or timezone.now()
    return draft


@transaction.atomic
def revoke_leaked_scim_token(digest: str) -> None:
    """Revoke a token of the current tenant that somebody found, if there is one of this digest."""
    rows = ScimToken.objects.select_for_update().filter(digest=digest, revoked_at=None)
    for token in rows:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        changes = {"reason": "it was shown as leaked"}
        record("scim_token.revoke", token, actor=FINDER, changes=changes)


def _networks(networks: Iterable[str] | None) -> list[str] | None:
    try:
        return checked_networks(networks)
    except InvalidToken as error:
        raise InvalidScimToken(error.detail, **error.extra) from error


def _require_provider(kind: str, provider_id: UUID) -> None:
    if kind == ProviderKind.SCIM or find_provider(kind, provider_id) is None:
        raise InvalidScimToken.at(
            "provider_id", "There is no such SAML or OpenID Connect configuration."
        )


def _get_or_create(kind: str, provider_id: UUID) -> ScimDirectory:
    """The provider's directory; changes of access wait for each other, so it is one."""
    directory, _ = ScimDirectory.objects.get_or_create(provider_kind=kind, provider_id=provider_id)
    return directory


def _require_replaceable(old: ScimToken, grace_period: timedelta) -> None:
    if not 0 <= grace_period.total_seconds() <= LONGEST_GRACE_PERIOD.total_seconds():
        longest = int(LONGEST_GRACE_PERIOD.total_seconds())
        detail = f"Both may be valid for 0 to {longest} seconds."
        raise InvalidScimToken.at("grace_period_seconds", detail)
    if not old.is_live:
        raise InvalidScimToken("It is revoked or expired. Create a new one.")
    successor = old.successors.filter(revoked_at=None).first()
    if successor is not None:
        raise ScimTokenRotated(
            f"{successor} has replaced it. If that one was lost, revoke it and rotate again."
        )


def _successors_end(old: ScimToken) -> datetime | None:
    """As long as the old one was made for.

    Raises:
        InvalidScimToken: it would live beyond the calendar.
    """
    if old.expires_at is None:
        return None
    try:
        return timezone.now() + (old.expires_at - old.created_at)
    except OverflowError:
        raise InvalidScimToken(
            "What replaces it would be valid beyond the year 9999. Create a new one instead."
        ) from None


def _write(token: ScimToken) -> str:
    """Write a token's row; its secret."""
    living = ScimToken.objects.filter(_LIVES, directory=token.directory, revoked_at=None)
    if living.count() >= MOST_TOKENS:
        raise TooManyScimTokens(f"The provider has {MOST_TOKENS} valid SCIM tokens. Revoke some.")
    secret = tokens.mint(current_tenant().id)
    token.prefix, token.digest = tokens.display_prefix(secret), tokens.digest(secret)
    require_valid(token)
    token.save(force_insert=True)
    return secret


def _described(token: ScimToken) -> dict[str, Any]:
    """What the audit log says of a token."""
    return {
        "name": token.name,
        "provider": str(token.directory.provider_id),
        "networks": token.networks,
        "expires_at": token.expires_at,
    }
