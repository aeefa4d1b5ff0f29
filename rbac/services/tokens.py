"""Creating, rotating and revoking API tokens."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from iac_platform.common.changes import changing, not_found, rows_like
from iac_platform.common.hooks import Hooks
from rbac import tokens
from rbac.errors import CannotGrant, InvalidToken, TokenRotated, TooManyTokens
from rbac.models import ApiToken, User
from rbac.permissions import (
    CREATE_SUPPORT_ACCESS,
    CREATE_TOKEN,
    DELETE_TOKEN,
    MINT_SERVICE_TOKEN,
    ROTATE_TOKEN,
)
from rbac.policy import require_of
from rbac.services.access import access_change, require_within_rights
from rbac.services.audit import record
from rbac.token_limits import TokenLimits, checked_networks, checked_scopes
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from uuid import UUID

    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import Permission
    from rbac.models import StoredToken

MOST_TOKENS = 100
MOST_ISSUED_TOKENS = 1_000  # for workloads; each dies within the hour
LONGEST_GRACE_PERIOD = timedelta(days=7)
DEFAULT_GRACE_PERIOD = timedelta(hours=1)
USE_NOTED_EVERY = timedelta(minutes=5)
# Nobody else is known, and the token proves enough.
FINDER = SystemActor("whoever showed the token")

# What else revokes the token of a digest that somebody found, by who keeps such tokens.
LEAKED_TOKENS: Hooks[Callable[[str], object]] = Hooks("revokers of leaked tokens")

_log = structlog.get_logger("rbac.tokens")
_OFFSPRING = """
    WITH RECURSIVE made AS (
        SELECT id FROM api_tokens WHERE id = %s
        UNION
        SELECT t.id FROM api_tokens t JOIN made m ON t.made_through_id = m.id
    )
    SELECT id FROM made
"""


@transaction.atomic
def create_token(
    user: User,
    *,
    name: str,
    actor: Actor,
    expires_at: datetime | None = None,
    scopes: Iterable[str] | None = None,
    networks: Iterable[str] | None = None,
) -> tuple[ApiToken, str]:
    """Create a token that acts as ``user``.

    Args:
        user: whose rights it has.
        name: by which people tell it from others.
        actor: who creates it; for a service account, somebody who may do all that it may.
        expires_at: from when on it is dead; None for never.
        scopes: the permissions that may be used through it; None for all that the user has.
        networks: from which it may be used, in CIDR notation; None for any.

    Returns:
        The row, and the token itself: this is the only time that it can be seen.

    Raises:
        InvalidToken: it would expire in the past, or a scope or network does not fit.
        CannotGrant: it would do more than the actor may, or than the token that the actor
            acts through.
        TooManyTokens: the user has as many that live as one may have.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidToken("expires_at lies in the past.")
    wanted = ApiToken(
        user=user,
        name=name,
        scopes=checked_scopes(scopes),
        networks=checked_networks(networks),
        expires_at=expires_at,
    )
    permission = MINT_SERVICE_TOKEN if user.is_service and user != actor else CREATE_TOKEN
    with _minting(wanted, actor, permission) as shown:
        _require_within(wanted.limits, shown)
        secret = write_token(wanted, actor)
        record("token.create", wanted, actor=actor, changes=described(wanted))
    return wanted, secret


@transaction.atomic
def rotate_token(
    token: ApiToken, *, actor: Actor, grace_period: timedelta = DEFAULT_GRACE_PERIOD
) -> tuple[ApiToken, str]:
    """Replace a token by a new one with the same name, limits and length of life.

    Args:
        token: which; it lives on for ``grace_period``, and no longer than it would have.
        actor: who it acts as, or for a service account, somebody who may do all that it may.
        grace_period: how long both work, at most 7 days.

    Returns:
        The new row, and the new token itself: this is the only time that it can be seen.

    Raises:
        InvalidToken: it is dead, or the grace period is too long.
        TokenRotated: it was rotated before, and what replaced it lives.
        CannotGrant: it is another person's, or does more than the actor may; or the new one
            would do more than another token that the actor acts through.
    """
    if not timedelta(0) <= grace_period <= LONGEST_GRACE_PERIOD:
        longest = int(LONGEST_GRACE_PERIOD.total_seconds())
        raise InvalidToken.at("grace_period_seconds", f"Both may work for 0 to {longest} seconds.")
    with _minting(token, actor, ROTATE_TOKEN, token) as shown:
        old = ApiToken.objects.filter(pk=token.pk).first()
        if old is None:
            raise not_found(token)
        _require_rotatable(old, token.user, actor)
        wanted = _successor(old)
        if old != shown:
            _require_within(wanted.limits, shown)
        secret = write_token(wanted, actor)
        end = timezone.now() + grace_period
        old.expires_at = end if old.expires_at is None else min(old.expires_at, end)
        old.save(update_fields=["expires_at"])
        changes = {**described(wanted), "replaces": str(old.pk), "both_until": old.expires_at}
        record("token.rotate", wanted, actor=actor, changes=changes)
    return wanted, secret


def revoke_token(token: ApiToken, *, actor: Actor) -> ApiToken:
    """Revoke a token; the next request that shows it is refused.

    Raises:
        ObjectNotFound: there is none, or the actor may not see it.
        NotPermitted: the actor may not revoke it.
    """
    with changing(
        token,
        actor=actor,
        permission=DELETE_TOKEN,
        action="token.revoke",
        describe=lambda each: {"revoked_at": each.revoked_at},
    ) as draft:
        draft.revoked_at = timezone.now()
    return draft


@transaction.atomic
def revoke_leaked_token(digest: str) -> int:
    """Revoke a token of the current tenant that somebody found, and all made through it.

    Whoever found it before may have made others through it, and others through these.

    Returns:
        How many were revoked; none if it is unknown or dead and left nothing.
    """
    root = ApiToken.objects.select_for_update().filter(digest=digest).first()
    count = 0
    # Again until nothing is left: what is being made right now appears in the next turn,
    # for whoever makes a token holds a lock on the one that they show.
    while root is not None and (leaked := _living_offspring(root.pk)):
        for token in leaked:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
            why = "it was shown as leaked" if token == root else f"made through {root.prefix}…"
            record("token.revoke", token, actor=FINDER, changes={"reason": why})
        count += len(leaked)
    for revoke in LEAKED_TOKENS.all().values():
        revoke(digest)
    return count


def note_use(token: StoredToken, address: str | None) -> None:
    """Note that a token of any kind was used, once in some minutes; whether it can be noted or not.

    It waits for nobody who holds the row, and a tenant that takes no writes for the moment
    is read from all the same.
    """
    now = timezone.now()
    if token.last_used_at is not None and now - token.last_used_at < USE_NOTED_EVERY:
        return
    free = rows_like(token).select_for_update(skip_locked=True).filter(pk=token.pk)
    try:
        with transaction.atomic():
            rows_like(token).filter(pk__in=free.order_by().values("pk")).update(
                last_used_at=now, last_used_ip=address
            )
    except DatabaseError:
        _log.warning("token_use_not_noted")


_LIVES = Q(expires_at=None) | Q(expires_at__gt=Now())


@contextmanager
def _minting(
    wanted: ApiToken, actor: Actor, permission: Permission, *further: ApiToken
) -> Iterator[ApiToken | None]:
    """Ask who mints, and lock what must stay true until a token is written.

    Of a service account also who may do what: whoever gets to act as it must cover it, and
    hold the permission. Of the operator's staff, whoever may let them in creates the token.

    Yields:
        The token that the actor acts through, as it is now.

    Raises:
        NotPermitted: the actor may not create, or rotate, this token.
    """
    user = wanted.user
    if user.is_service and user != actor:
        with access_change(actor, permission) as held:
            shown = _lock(user, actor, *further)
            require_within_rights(user, actor=actor, held=held, acting=True)
            yield shown
        return
    if user.is_support and user != actor:
        require_of(actor, CREATE_SUPPORT_ACCESS)
    else:
        require_of(actor, permission, wanted)
    yield _lock(user, actor, *further)


def _lock(user: User, actor: Actor, *further: ApiToken) -> ApiToken | None:
    """One token of a user after the other; and none through one that is being revoked.

    Returns:
        The token that the actor acts through, as it is now: its life may have been cut since.
    """
    if not User.objects.select_for_update(no_key=True).get(pk=user.pk).is_active:
        raise InvalidToken(f"{user} is deactivated, so no token would work.")
    shown = _token_of(actor)
    wanted = {each.pk for each in (shown, *further) if each is not None}
    # The oldest first, as whoever revokes one with its offspring.
    rows = ApiToken.objects.select_for_update().filter(pk__in=wanted)
    locked = {row.pk: row for row in rows.order_by("created_at", "pk")} if wanted else {}
    if shown is None:
        return None
    fresh = locked[shown.pk]
    if not fresh.is_live:
        raise CannotGrant("The token that you act through is dead by now.")
    return fresh


def _token_of(actor: Actor) -> ApiToken | None:
    """The token that one of the tenant's own users acts through."""
    at_home = isinstance(actor, User) and actor.tenant_id == current_tenant().id
    return actor.through if at_home and isinstance(actor, User) else None


def _require_within(wanted: TokenLimits, shown: ApiToken | None) -> None:
    """Nobody grows by minting: through a token one makes only what does no more."""
    beyond = wanted.beyond(shown.limits) if shown is not None else []
    if beyond:
        raise CannotGrant(f"The token that you act through allows less. {' '.join(beyond)}")


def _require_rotatable(old: ApiToken, user: User, actor: Actor) -> None:
    if isinstance(actor, User) and actor != user and not user.is_service:
        raise CannotGrant(f"It acts as {user}, and only they rotate it. Revoke it instead.")
    if not old.is_live:
        raise InvalidToken("It is revoked or expired. Create a new one.")
    if old.issued_by is not None:
        raise InvalidToken("It was issued for a workload, and dies on time. Exchange a new one.")
    successor = old.successors.filter(revoked_at=None).first()
    if successor is not None:
        raise TokenRotated(
            f"{successor} has replaced it. If that one got lost, revoke it and rotate again."
        )


def _successor(old: ApiToken) -> ApiToken:
    """The same once more, for as long as the old one was made for.

    Raises:
        InvalidToken: it would live beyond the calendar.
    """
    try:
        lifetime = None if old.expires_at is None else old.expires_at - old.created_at
        expires_at = None if lifetime is None else timezone.now() + lifetime
    except OverflowError:
        raise InvalidToken(
            "What replaces it would live beyond the year 9999. Create a new one instead."
        ) from None
    return ApiToken(
        user=old.user,
        name=old.name,
        scopes=old.scopes,
        networks=old.networks,
        expires_at=expires_at,
        replaces=old,
    )


def write_token(wanted: ApiToken, actor: Actor) -> str:
    """Write a token's row; its secret. What is made through an issued token counts as one too."""
    shown = _token_of(actor)
    if shown is not None and shown.issued_by is not None:
        wanted.issued_by, wanted.delete_after = shown.issued_by, wanted.expires_at
    _require_room(wanted)
    secret = tokens.mint(current_tenant().id)
    wanted.prefix = tokens.display_prefix(secret)
    wanted.digest = tokens.digest(secret)
    wanted.made_through = shown
    wanted.save(force_insert=True)
    return secret


def _require_room(wanted: ApiToken) -> None:
    """Those that are issued take no place of those that people create."""
    is_issued = wanted.issued_by is not None
    most = MOST_ISSUED_TOKENS if is_issued else MOST_TOKENS
    living = ApiToken.objects.filter(_LIVES, user=wanted.user, revoked_at=None)
    if living.filter(issued_by__isnull=not is_issued).count() >= most:
        raise TooManyTokens(f"{wanted.user} has {most} tokens that live. Revoke some.")


def _living_offspring(root: UUID) -> list[ApiToken]:
    """A token and all that were made through it, as far as they are not revoked, locked."""
    with connection.cursor() as cursor:
        cursor.execute(_OFFSPRING, [root])
        ids = [row[0] for row in cursor.fetchall()]
    rows = ApiToken.objects.select_for_update().filter(pk__in=ids, revoked_at=None)
    return list(rows.order_by("created_at", "pk"))


def described(token: ApiToken) -> dict[str, Any]:
    """What the audit log says of a token."""
    changes: dict[str, Any] = {"name": token.name, "user": token.user.username}
    for name in ("scopes", "networks", "expires_at"):
        value = getattr(token, name)
        if value is not None:
            changes[name] = value
    return changes
