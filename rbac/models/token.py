"""API tokens."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from rbac.models.user import User
from rbac.querysets import PermittedQuerySet
from tenants.models import TenantForeignKey, TenantModel


class ApiToken(TenantModel):
    """A user's key to the API; only its SHA-256 is kept.

    A token acts as its user, so it can never do more than they can.
    """

    user = TenantForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(
        max_length=48, help_text="The start of the token, by which people recognise it."
    )
    digest = models.CharField(max_length=64, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PermittedQuerySet.as_manager()
    resource = "token"
    owner_path = "user_id"

    class Meta:
        db_table = "api_tokens"
        verbose_name = "API token"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "digest"], name="api_tokens_digest_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="api_tokens_page_idx")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_live(self) -> bool:
        """Whether the token is neither revoked nor expired."""
        return self.revoked_at is None and (
            self.expires_at is None or self.expires_at > timezone.now()
        )
