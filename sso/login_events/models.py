"""What came of a sign-on or a logout through an identity provider."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from rbac.models import User
from rbac.querysets import PermittedQuerySet
from sso.provisioning.models import MAX_SUBJECT, ProviderKind
from tenants.locks import LockStage
from tenants.models import NEVER_EXPORTED, TenantForeignKey, TenantModel

MAX_NAME = 100
MAX_CODE = 64
MAX_REASON = 2000
MAX_REFERENCE = 16
WORKLOAD = "workload"
KINDS = [*ProviderKind.choices, (WORKLOAD, "Workload identity")]


class Outcome(models.TextChoices):
    """What came of it."""

    SIGNED_IN = "signed_in", "Signed in"
    SIGNED_OUT = "signed_out", "Signed out by the provider"
    LINKED = "linked", "Linked to a user"
    REFUSED = "refused", "Refused"
    TESTED = "tested", "Tested, nobody signed in"
    TOKEN_ISSUED = "token_issued", "Token issued to a workload"


class LoginEvent(TenantModel):
    """One sign-on, for whoever sets the provider up: what was said, and which rule it broke.

    It names people, so it is kept for some weeks only, and leaves no archive.
    """

    archive: ClassVar = NEVER_EXPORTED
    is_observed: ClassVar = False
    expiry_column: ClassVar = "expires_at"

    provider_kind = models.CharField(max_length=8, choices=KINDS, editable=False)
    provider_id = models.UUIDField(editable=False)
    provider_name = models.CharField(max_length=MAX_NAME, editable=False)
    outcome = models.CharField(max_length=16, choices=Outcome, editable=False)
    code = models.CharField(
        max_length=MAX_CODE, blank=True, editable=False, help_text="The rule that was broken."
    )
    reason = models.CharField(
        max_length=MAX_REASON, blank=True, editable=False, help_text="What exactly was wrong."
    )
    subject = models.CharField(
        max_length=MAX_SUBJECT,
        blank=True,
        editable=False,
        help_text="What the provider calls the person; empty where it was not verified.",
    )
    user = TenantForeignKey(User, models.CASCADE, null=True, editable=False, related_name="+")
    address = models.GenericIPAddressField(null=True, editable=False)
    reference = models.CharField(
        max_length=MAX_REFERENCE, editable=False, help_text="What the person was shown."
    )
    document = models.TextField(
        blank=True,
        editable=False,
        help_text="What was sent, without signatures and what is encrypted.",
    )
    report = models.JSONField(
        null=True, editable=False, help_text="What a sign-on would do, as a test found it."
    )
    expires_at = models.DateTimeField(editable=False)

    objects = PermittedQuerySet.as_manager()
    resource = "login_event"
    lock_stage = LockStage.PART

    class Meta:
        db_table = "login_events"
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="login_events_page_idx"),
            models.Index(fields=["tenant_id", "reference"], name="login_events_reference_idx"),
        ]

    def __str__(self) -> str:
        return self.reference
