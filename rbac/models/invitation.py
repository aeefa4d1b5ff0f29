"""Invitations of tenants' first admins, and of further people."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from rbac.models.user import User
from rbac.querysets import PermittedQuerySet
from tenants.locks import LockStage
from tenants.models import NEVER_EXPORTED, TenantForeignKey, TenantModel


class InvitationQuerySet(PermittedQuerySet["Invitation"]):
    """Invitations, and which of them can be accepted."""

    def unused(self) -> InvitationQuerySet:
        """Neither accepted nor revoked."""
        return self.filter(accepted_at=None, revoked_at=None)

    def open(self) -> InvitationQuerySet:
        """Those that can be accepted, as far as it is up to them."""
        return self.unused().filter(expires_at__gt=timezone.now())


class Invitation(TenantModel):
    """What makes whoever holds its token a user of the tenant, once.

    One of the tenant's people sends it; the first admin's comes from the operator. Only the
    token's SHA-256 is kept, as with API tokens.
    """

    archive: ClassVar = NEVER_EXPORTED

    email = models.EmailField()
    digest = models.CharField(max_length=64, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    roles = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="The keys of the roles that come with it.",
    )
    invited_by = TenantForeignKey(
        User,
        models.CASCADE,
        null=True,
        editable=False,
        related_name="invitations",
        help_text="Who gives the roles; nobody where the operator invites the first admin.",
    )

    objects = InvitationQuerySet.as_manager()
    lock_stage = LockStage.TOKENS

    class Meta:
        db_table = "invitations"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "digest"], name="invitations_digest_unique"
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted, as far as it is up to the invitation."""
        unused = self.accepted_at is None and self.revoked_at is None
        return unused and self.expires_at > timezone.now()
