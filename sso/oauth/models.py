"""Devices that wait for a person to sign them in by a browser elsewhere (RFC 8628)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from rbac.token_limits import MOST_SCOPES
from tenants.locks import LockStage
from tenants.models import NEVER_EXPORTED, TenantModel

MAX_CLIENT_NAME = 100
MAX_TOKEN_NAME = 100
DIGEST_LENGTH = 64
POLL_SECONDS = 5


class Decision(models.TextChoices):
    """What somebody has decided about a device."""

    PENDING = "pending", "Pending"
    APPROVED = "approved", "Approved"
    DENIED = "denied", "Denied"


class DeviceAuthorization(TenantModel):
    """A device that asked for a token, until it gets one; the row has only digests of its codes.

    People and sessions are named by their ids alone: one that is gone gives no token.
    """

    archive: ClassVar = NEVER_EXPORTED
    is_observed: ClassVar = False
    expiry_column: ClassVar = "expires_at"

    device_digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    user_digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    client_name = models.CharField(
        max_length=MAX_CLIENT_NAME,
        editable=False,
        help_text="What the program calls itself; anybody can call theirs so.",
    )
    address = models.GenericIPAddressField(null=True, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=100),
        null=True,
        size=MOST_SCOPES,
        editable=False,
        help_text="The permissions that it asked for; without, all that the person has.",
    )
    poll_seconds = models.PositiveSmallIntegerField(default=POLL_SECONDS, editable=False)
    polled_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(editable=False)
    decision = models.CharField(
        max_length=8, choices=Decision, default=Decision.PENDING, editable=False
    )
    user_id = models.UUIDField(null=True, editable=False, help_text="Who approved it.")
    session_id = models.UUIDField(
        null=True, editable=False, help_text="In which session; once it has ended, no token."
    )
    token_name = models.CharField(max_length=MAX_TOKEN_NAME, blank=True, editable=False)
    token_expires_at = models.DateTimeField(null=True, editable=False)

    # Before the user whose token is created.
    lock_stage = LockStage.PEOPLE

    class Meta:
        db_table = "device_authorizations"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "device_digest"], name="device_authorizations_device_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "user_digest"], name="device_authorizations_user_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.client_name
