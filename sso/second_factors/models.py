"""What people show beside their password."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from iac_platform.common.changes import WriteErrors
from rbac.models import User
from rbac.querysets import PermittedQuerySet
from sso.second_factors.errors import InvalidSecondFactor, SecondFactorNotFound
from tenants.models import NEVER_EXPORTED, TenantForeignKey, TenantModel

MAX_NAME = 100
MAX_CREDENTIAL_ID = 1400  # 1023 bytes (Web Authentication, 4) in Base64
MAX_HOST = 253
DIGEST_LENGTH = 64


class FactorKind(models.TextChoices):
    """What somebody has at hand when they sign in."""

    APP = "app", "Authenticator app"
    PASSKEY = "passkey", "Passkey"
    RECOVERY_CODE = "recovery-code", "Recovery code"


class SecondFactor(TenantModel):
    """An authenticator app or a passkey of somebody.

    Attributes:
        secret: of an app, the sealed key from which its codes follow.
        public_key: of a passkey, in COSE.
        credential_id: of a passkey, in Base64 for URLs.
        host: of a passkey, the host name at which browsers offer it.
        counter: the time step of the last code that was taken of an app, or the signature counter
            of a passkey: what is not above it is a replay.
        confirmed_at: when it was shown for the first time; it counts for nothing before.
    """

    archive: ClassVar = NEVER_EXPORTED
    sealed_columns: ClassVar = frozenset({"secret"})
    unobserved_columns: ClassVar = frozenset({"secret", "counter", "last_used_at"})

    user = TenantForeignKey(User, models.CASCADE, editable=False, related_name="second_factors")
    kind = models.CharField(max_length=16, choices=FactorKind, editable=False)
    name = models.CharField(max_length=MAX_NAME, help_text="What its owner calls it.")
    secret = models.BinaryField(default=bytes, editable=False)
    public_key = models.BinaryField(default=bytes, editable=False)
    credential_id = models.CharField(
        max_length=MAX_CREDENTIAL_ID, blank=True, default="", editable=False
    )
    host = models.CharField(max_length=MAX_HOST, blank=True, editable=False)
    counter = models.BigIntegerField(default=0, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(
        null=True, editable=False, help_text="When it was last shown."
    )

    objects = PermittedQuerySet.as_manager()
    resource = "user"
    write_errors = WriteErrors(not_found=SecondFactorNotFound, invalid=InvalidSecondFactor)

    class Meta:
        db_table = "second_factors"
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "credential_id"],
                condition=~models.Q(credential_id=""),
                name="second_factors_credential_unique",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="second_factors_page_idx")
        ]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(TenantModel):
    """A code that replaces a lost second factor once; only the SHA-256 of it is kept.

    A plain hash suffices, as the code has 80 random bits.
    """

    archive: ClassVar = NEVER_EXPORTED

    user = TenantForeignKey(User, models.CASCADE, editable=False, related_name="recovery_codes")
    digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)

    objects = PermittedQuerySet.as_manager()

    class Meta:
        db_table = "recovery_codes"
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "user", "digest"], name="recovery_codes_unique"
            )
        ]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"
