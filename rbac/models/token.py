"""API tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from rbac.models.user import User
from rbac.querysets import PermittedQuerySet
from rbac.token_limits import TokenLimits
from tenants.locks import LockStage
from tenants.models import ArchivePolicy, ExportedRows, TenantForeignKey, TenantModel


class StoredToken(TenantModel):
    """A token that opens an API: what is kept of it, and until when it is valid.

    Only its SHA-256 is kept. ``rbac.tokens`` has its form, and ``rbac.token_limits`` its limits.
    """

    # A token names the tenant that issued it.
    archive: ClassVar = ArchivePolicy(ExportedRows.WITH_CREDENTIALS, bound_to_tenant_id=True)
    lock_stage = LockStage.TOKENS
    unobserved_columns = frozenset({"last_used_at", "last_used_ip"})

    name = models.CharField(max_length=100)
    prefix = models.CharField(
        max_length=48, help_text="The start of the token, by which people recognise it."
    )
    digest = models.CharField(max_length=64, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    networks = ArrayField(
        models.CharField(max_length=43),
        null=True,
        blank=True,
        help_text="From which it may be used, in CIDR notation; without, from anywhere.",
    )
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_live(self) -> bool:
        """Whether the token is neither revoked nor expired."""
        return self.revoked_at is None and (
            self.expires_at is None or self.expires_at > timezone.now()
        )

    @property
    def limits(self) -> TokenLimits:
        """To what the token is limited."""
        return TokenLimits(
            networks=None if self.networks is None else tuple(self.networks),
            expires_at=self.expires_at,
        )


class ApiToken(StoredToken):
    """A user's key to the API; only its SHA-256 is kept.

    A token acts as its user, so it can never do more than they can; its limits leave less.
    """

    last_use_column: ClassVar = "last_used_at"
    expiry_column: ClassVar = "delete_after"

    user = TenantForeignKey(User, models.CASCADE, related_name="api_tokens")
    scopes = ArrayField(
        models.CharField(max_length=100),
        null=True,
        blank=True,
        help_text="The permissions that may be used through it; without, all that its user has.",
    )
    replaces = TenantForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="successors",
        help_text="The token that was rotated.",
    )
    made_through = TenantForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="offspring",
        help_text="The token that was shown to make this one; when it leaks, this one ends too.",
    )

    issued_by = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        help_text="The workload identity that it was issued for, as are tokens made through it; "
        "without, a person or a service account created it.",
    )
    delete_after = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When the row of an issued token is removed; others stay listed.",
    )

    objects = PermittedQuerySet.as_manager()
    resource = "token"
    owner_path = "user_id"

    class Meta:
        db_table = "api_tokens"
        verbose_name = "API token"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "digest"], name="api_tokens_digest_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "replaces"],
                condition=Q(revoked_at=None),
                name="api_tokens_one_successor",
            ),
            models.CheckConstraint(
                condition=Q(scopes=None) | Q(scopes__len__gt=0), name="api_tokens_some_scope"
            ),
            models.CheckConstraint(
                condition=Q(networks=None) | Q(networks__len__gt=0), name="api_tokens_some_network"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="api_tokens_page_idx")
        ]

    @property
    def limits(self) -> TokenLimits:
        """To what the token is limited."""
        scopes = None if self.scopes is None else tuple(self.scopes)
        return replace(super().limits, scopes=scopes)
