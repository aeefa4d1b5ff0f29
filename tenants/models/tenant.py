"""The customer."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from iac_platform.common.changes import WriteErrors
from tenants.errors import InvalidTenant, SlugTaken
from tenants.models.placement import Placement, PlacementStatus
from tenants.models.service_plan import DEFAULT_PLAN, ServicePlan

# The operator is a tenant too. Its id is fixed, so that a policy in the database can name it.
PLATFORM_TENANT_ID = uuid.UUID("00000000-0000-4000-8000-000000000001")
PLATFORM_SLUG = "platform"

# A slug becomes a host name, so it is a DNS label (RFC 1123, section 2.1).
SLUG = r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?\Z"


class Tier(models.TextChoices):
    """How a tenant is isolated."""

    STANDARD = "standard", "Standard: row-level security in a shared schema"
    ENTERPRISE = "enterprise", "Enterprise: a schema of its own, and row-level security"


class TenantStatus(models.TextChoices):
    """Whether a tenant may be used."""

    PROVISIONING = "provisioning", "Being provisioned"
    INVITED = "invited", "Waiting for its first admin"
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    PENDING_DELETION = "pending_deletion", "Will be deleted"


class Tenant(models.Model):
    """A customer, with a placement that holds its rows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(
                SLUG, "Use lower-case letters, digits and hyphens; start and end without a hyphen."
            )
        ],
        help_text="The first label of the tenant's host name.",
    )
    name = models.CharField(max_length=200)
    tier = models.CharField(max_length=16, choices=Tier.choices, default=Tier.STANDARD)
    # The column holds the plan's key, which is what the API and the audit log show.
    plan = models.ForeignKey(
        ServicePlan,
        on_delete=models.PROTECT,
        related_name="tenants",
        db_column="plan",
        db_index=False,
        default=DEFAULT_PLAN,
    )
    quota_overrides = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="Limit by quota, instead of the plan's; null for no limit.",
    )
    status = models.CharField(
        max_length=16, choices=TenantStatus.choices, default=TenantStatus.PROVISIONING
    )
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="tenants")
    moving_to = models.ForeignKey(
        Placement,
        on_delete=models.PROTECT,
        related_name="arriving",
        null=True,
        blank=True,
        editable=False,
        help_text="Where the tenant is being moved; its place there is taken already.",
    )
    writes_fenced_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Until then the tenant's transactions are read-only, while it is being moved.",
    )
    deletion_due_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When a tenant that is pending deletion is deleted for good.",
    )
    status_before_deletion = models.CharField(
        max_length=16,
        choices=TenantStatus.choices,
        blank=True,
        default="",
        editable=False,
        help_text="What a tenant that is pending deletion becomes again when it is restored.",
    )
    invitee = models.EmailField(
        blank=True,
        default="",
        help_text="Who is invited to be the first admin; empty once they have accepted.",
    )
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    write_errors = WriteErrors(invalid=InvalidTenant, taken=SlugTaken, name_field="slug")

    class Meta:
        db_table = "tenants"
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return f"{self.name} ({self.slug})"

    @property
    def schema_name(self) -> str:
        """The PostgreSQL schema that holds this tenant's rows."""
        return self.placement.schema_name

    @property
    def is_platform(self) -> bool:
        """Whether this is the operator itself."""
        return self.id == PLATFORM_TENANT_ID

    @property
    def is_usable(self) -> bool:
        """Whether requests may be answered in this tenant's scope."""
        return self.status == TenantStatus.ACTIVE and self.placement.status == PlacementStatus.READY
