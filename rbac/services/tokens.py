"""Creating and revoking API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from rbac import tokens
from rbac.errors import InvalidToken
from rbac.models import ApiToken
from rbac.services.audit import record
from tenants.context import current_tenant

if TYPE_CHECKING:
    from datetime import datetime

    from iac_platform.common.audit import Actor
    from rbac.models import User


@transaction.atomic
def create_token(
    user: User, *, name: str, actor: Actor, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Create a token that acts as ``user``.

    Returns:
        The row, and the token itself: this is the only time that it can be seen.

    Raises:
        InvalidToken: it would expire in the past.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidToken("expires_at lies in the past.")
    secret = tokens.mint(current_tenant().id)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=tokens.shown_prefix(secret),
        digest=tokens.digest(secret),
        expires_at=expires_at,
    )
    record("token.create", token, actor=actor, changes={"name": name, "user": user.username})
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: Actor) -> None:
    """Revoke a token; the next request that shows it is refused."""
    before, token.revoked_at = token.revoked_at, timezone.now()
    token.save(update_fields=["revoked_at"])
    record("token.revoke", token, actor=actor, changes={"revoked_at": [before, token.revoked_at]})
