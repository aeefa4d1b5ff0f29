"""What a tenant trusts: tokens of an issuer, on conditions, as a service account."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from iac_platform.common.changes import WriteErrors
from rbac.models import User
from rbac.models.fields import NameField, NameKeyField
from rbac.names import validate_name
from rbac.querysets import PermittedQuerySet
from rbac.token_limits import MOST_SCOPES
from sso.oidc.models.configuration import MAX_ISSUER, SIGNING_ALGORITHMS, validate_issuer
from sso.oidc.protocol.algorithms import Algorithm
from sso.workload_identity.errors import InvalidWorkloadIdentity, WorkloadIdentityNotFound
from sso.workload_identity.issuers import Platform
from tenants.locks import LockStage
from tenants.models import EXPORTED, RevisedModel, TenantForeignKey

MAX_NAME = 100
MAX_AUDIENCE = 300
MAX_PATTERN = 500
MAX_CLAIM_NAME = 100
MAX_CLAIMS = 20
MAX_SCOPE = 100
SHORTEST_SECONDS, LONGEST_SECONDS, DEFAULT_SECONDS = 60, 3_600, 900
_MAX_CHOICE = 20

validate_printable = RegexValidator(r"\A[ -~]*\Z", "Use printable ASCII characters.")


def validate_claims(value: Any) -> None:
    """Refuse what is no set of conditions.

    Raises:
        ValidationError: it is no object, has too many members, or one is no text.
    """
    if not isinstance(value, dict) or len(value) > MAX_CLAIMS:
        raise ValidationError(f"Use a JSON object with up to {MAX_CLAIMS} claims.")
    for name, pattern in value.items():
        if not 1 <= len(name) <= MAX_CLAIM_NAME:
            raise ValidationError(f"The name of a claim has 1 to {MAX_CLAIM_NAME} characters.")
        if not isinstance(pattern, str) or not 1 <= len(pattern) <= MAX_PATTERN:
            raise ValidationError(
                f"The claim {name} needs a text of 1 to {MAX_PATTERN} characters."
            )
        validate_printable(name)
        validate_printable(pattern)


class WorkloadIdentity(RevisedModel):
    """Which tokens of a CI system are exchanged for one of a service account."""

    archive: ClassVar = EXPORTED

    name = NameField(
        max_length=MAX_NAME, validators=[validate_name], help_text="Such as “Deployments of web”."
    )
    name_key = NameKeyField()
    is_enabled = models.BooleanField(default=True, help_text="Whether tokens are exchanged.")
    platform = models.CharField(max_length=_MAX_CHOICE, choices=Platform, default=Platform.GENERIC)
    issuer = models.CharField(
        max_length=MAX_ISSUER,
        validators=[validate_issuer],
        help_text="The issuer URL of the tokens (iss), exactly as published.",
    )
    signing_algorithm = models.CharField(
        max_length=_MAX_CHOICE,
        choices=SIGNING_ALGORITHMS,
        default=Algorithm.RS256.value,
        help_text="The algorithm that the issuer signs with; others are refused.",
    )
    audience = models.CharField(
        max_length=MAX_AUDIENCE,
        validators=[validate_printable],
        help_text="For whom the tokens must be (aud): use the address of this tenant, so that a "
        "token for another service is refused.",
    )
    subject = models.CharField(
        max_length=MAX_PATTERN,
        blank=True,
        validators=[validate_printable],
        help_text="The subject (sub), with * for any characters. Empty for any.",
    )
    claims = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_claims],
        help_text='Further claims that must match, such as {"repository_owner_id": "1234567"}.',
    )
    service_account = TenantForeignKey(
        User,
        models.PROTECT,
        related_name="workload_identities",
        help_text="As whom the workload acts.",
    )
    token_lifetime_seconds = models.PositiveIntegerField(
        default=DEFAULT_SECONDS,
        validators=[MinValueValidator(SHORTEST_SECONDS), MaxValueValidator(LONGEST_SECONDS)],
        help_text=f"How long an issued token works: {SHORTEST_SECONDS} to {LONGEST_SECONDS}.",
    )
    scopes = ArrayField(
        models.CharField(max_length=MAX_SCOPE),
        null=True,
        blank=True,
        size=MOST_SCOPES,
        help_text="The permissions that may be used; without, all that the account has.",
    )
    created_by = TenantForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PermittedQuerySet.as_manager()
    resource = "workload_identity"
    # Before the tokens that go with it.
    lock_stage = LockStage.PEOPLE
    write_errors = WriteErrors(not_found=WorkloadIdentityNotFound, invalid=InvalidWorkloadIdentity)

    class Meta:
        db_table = "workload_identities"
        verbose_name = "workload identity"
        verbose_name_plural = "workload identities"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "name_key"], name="workload_identities_name_unique"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "created_at", "id"], name="workload_identities_page_idx"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def trust(self) -> tuple[Any, ...]:
        """Whom it trusts, and as whom: issued tokens die when this changes."""
        return (
            *(self.is_enabled, self.issuer, self.signing_algorithm, self.audience, self.subject),
            *(self.claims, self.service_account_id, self.scopes),
        )
