"""Where tenants' rows live."""

from __future__ import annotations

from typing import ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django_tenants.models import TenantMixin

from tenants.database.session import SCHEMA_NAME


class PlacementKind(models.TextChoices):
    """Who shares a placement."""

    POOL = "pool", "Pool, shared by standard tenants"
    DEDICATED = "dedicated", "Dedicated to one enterprise tenant"
    PLATFORM = "platform", "The operator's own"
    TEMPLATE = "template", "The template of new placements; never holds a tenant"


class PlacementStatus(models.TextChoices):
    """How far the schema has come."""

    PENDING = "pending", "Waiting for its schema"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class Placement(TenantMixin):  # type: ignore[misc]  # django-tenants is published without types
    """One PostgreSQL schema; to django-tenants, this is the tenant model."""

    # The schema is made by the provisioner, as the owner; never by a request.
    auto_create_schema = False
    auto_drop_schema = False

    schema_name = models.CharField(
        max_length=48, unique=True, validators=[RegexValidator(rf"^{SCHEMA_NAME.pattern}\Z")]
    )
    kind = models.CharField(max_length=16, choices=PlacementKind.choices)
    capacity = models.PositiveIntegerField(
        default=1, help_text="How many tenants fit; always one for a dedicated placement."
    )
    status = models.CharField(
        max_length=16, choices=PlacementStatus.choices, default=PlacementStatus.PENDING
    )
    failure = models.TextField(blank=True, help_text="Why provisioning failed, for the operator.")
    migrations = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Fingerprint of the migrations that the schema has.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        db_table = "placements"
        ordering: ClassVar = ["schema_name"]
        constraints: ClassVar = [
            # The owner writes the name into its SQL, and drops schemas by it. The application
            # role may write this table, so the alphabet is the database's business too.
            models.CheckConstraint(
                condition=Q(schema_name__regex=rf"^{SCHEMA_NAME.pattern}$")
                & ~Q(schema_name__regex="^(pg_.*|public|information_schema)$"),
                name="placements_schema_name_is_plain",
            )
        ]

    def __str__(self) -> str:
        return self.schema_name
