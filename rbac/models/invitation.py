"""Invitations of tenants' first admins."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from rbac.querysets import PermittedQuerySet
from tenants.locks import LockStage
from tenants.models import TenantModel


class Invitation(TenantModel):
    """What makes whoever holds its token the first admin of the tenant, once.

    Only the token's SHA-256 is kept, as with API tokens.
    """

    email = models.EmailField()
    digest = models.CharField(max_length=64, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PermittedQuerySet.as_manager()
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
