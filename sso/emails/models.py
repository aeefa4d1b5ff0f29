"""E-mail that waits to be sent, or was."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from rbac.querysets import PermittedQuerySet
from tenants.models import NEVER_EXPORTED, TenantModel

MAX_SUBJECT = 200
MAX_FAILURE = 300


class EmailStatus(models.TextChoices):
    """How far an e-mail is."""

    QUEUED = "queued", "Queued"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


class Email(TenantModel):
    """An e-mail to one of a tenant's people.

    Its text is sealed, as it may hold a link that opens something, and forgotten once it was sent.
    """

    archive: ClassVar = NEVER_EXPORTED
    sealed_columns: ClassVar = frozenset({"text"})
    unobserved_columns: ClassVar = frozenset({"text"})
    expiry_column: ClassVar = "expires_at"

    recipient = models.EmailField(editable=False)
    subject = models.CharField(max_length=MAX_SUBJECT, editable=False)
    text = models.BinaryField(default=bytes, editable=False)
    status = models.CharField(
        max_length=8, choices=EmailStatus, default=EmailStatus.QUEUED, editable=False
    )
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    failure = models.CharField(
        max_length=MAX_FAILURE,
        blank=True,
        default="",
        editable=False,
        help_text="What the mail server answered the last time.",
    )
    sent_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(editable=False)

    objects = PermittedQuerySet.as_manager()
    resource = "email"

    class Meta:
        db_table = "emails"
        verbose_name = "e-mail"
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="emails_page_idx")
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient}"
