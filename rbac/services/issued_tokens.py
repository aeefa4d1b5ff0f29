"""Short-lived tokens that the platform issues for workloads: no secret is stored anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from rbac.errors import CannotGrant, InvalidToken
from rbac.models import ApiToken, User
from rbac.services.audit import record
from rbac.services.tokens import described, write_token
from rbac.token_limits import checked_scopes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta
    from uuid import UUID

    from iac_platform.common.audit import Actor, SystemActor

LONGEST_LIFETIME_SECONDS = 3_600
_MOST_NAME = 100


@transaction.atomic
def issue_token(
    account: User,
    *,
    name: str,
    issued_by: UUID,
    lifetime: timedelta,
    scopes: Iterable[str] | None,
    actor: SystemActor,
) -> tuple[ApiToken, str]:
    """Issue a token of a service account to a workload that has proven itself.

    Whoever set the workload identity up was asked then for all that the account may do.

    Args:
        account: whose rights it has.
        name: by which lists and the audit log name it; cut off where it is too long.
        issued_by: the workload identity; it can never be rotated, and goes with it.
        lifetime: at most ``LONGEST_LIFETIME_SECONDS``.
        scopes: the permissions that may be used through it; None for all that the account has.
        actor: the workload identity, as the audit log names it.

    Returns:
        The row, and the token itself: this is the only time that it can be seen.

    Raises:
        InvalidToken: the account is no active service account, or a scope does not fit.
        TooManyTokens: as many live as may.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=account.pk)
    if not (locked.is_service and locked.is_active):
        raise InvalidToken(f"{account} is no active service account.")
    expires_at = timezone.now() + lifetime
    token = ApiToken(
        user=locked,
        name=name[:_MOST_NAME],
        scopes=checked_scopes(scopes),
        expires_at=expires_at,
        issued_by=issued_by,
        delete_after=expires_at,
    )
    secret = write_token(token, actor)
    changes = {**described(token), "issued_by": str(issued_by)}
    record("token.issue", token, actor=actor, changes=changes)
    return token, secret


def require_lasting_actor(actor: Actor) -> None:
    """Refuse to make what would outlast the token that it is made through.

    Whatever is made through an issued token dies with it; what cannot, is not made through one.

    Raises:
        CannotGrant: the actor acts through an issued token.
    """
    shown = actor.through if isinstance(actor, User) else None
    if shown is not None and shown.issued_by is not None:
        raise CannotGrant(
            "The token that you act through was issued to a workload for a short time, and this "
            "would outlast it. Use a token that was created, or sign in."
        )


def revoke_issued_tokens(issued_by: UUID) -> int:
    """Revoke all living tokens of a workload identity, with those made through them.

    Returns:
        How many there were. The audit log has the change of the workload identity that they
        went with.
    """
    rows = ApiToken.objects.select_for_update().filter(issued_by=issued_by, revoked_at=None)
    keys = list(rows.order_by("created_at", "pk").values_list("pk", flat=True))
    return ApiToken.objects.filter(pk__in=keys).update(revoked_at=timezone.now())
