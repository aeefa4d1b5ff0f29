"""What tenants can buy."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from iac_platform.common.changes import WriteErrors
from tenants.errors import InvalidPlan, PlanTaken, ServicePlanInUse

DEFAULT_PLAN = "default"
PLAN_KEY = r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?\Z"


class ServicePlan(models.Model):
    """How much of everything a tenant may use; ``settings.RATE_LIMITS`` has its pace."""

    key = models.CharField(
        primary_key=True,
        max_length=40,
        validators=[
            RegexValidator(
                PLAN_KEY,
                "Use lower-case letters, digits and hyphens; start and end without a hyphen.",
            )
        ],
        help_text="What tenants, commands and the API call it.",
    )
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    limits = models.JSONField(
        default=dict,
        blank=True,
        help_text="Limit by quota; null for no limit. A quota that is missing has its own default.",
    )
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    resource = "service_plan"
    write_errors = WriteErrors(
        invalid=InvalidPlan, taken=PlanTaken, in_use=ServicePlanInUse, name_field="key"
    )

    class Meta:
        db_table = "service_plans"
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.key
