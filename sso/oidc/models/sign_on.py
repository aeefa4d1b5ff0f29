"""What sign-ons leave behind: requests that wait for their answer, and sessions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from sso.oidc.models.configuration import OidcConfiguration
from sso.sign_in.models import Session
from tenants.locks import LockStage
from tenants.models import NEVER_EXPORTED, TenantForeignKey, TenantModel

DIGEST_LENGTH = 64
MAX_NEXT_PAGE = 1024
MAX_SUBJECT = 255


class OidcRequest(TenantModel):
    """A request that a browser took along to a provider; an answer to it is taken once.

    The browser's cookie holds a secret, the browser carries the state, and the row has the
    SHA-256 of both.
    """

    archive: ClassVar = NEVER_EXPORTED
    is_observed: ClassVar = False
    expiry_column: ClassVar = "expires_at"

    configuration = TenantForeignKey(OidcConfiguration, models.CASCADE, related_name="requests")
    digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    next_page = models.CharField(max_length=MAX_NEXT_PAGE, blank=True, editable=False)
    tested_in = models.UUIDField(
        null=True,
        editable=False,
        help_text="The session of the admin who tests the configuration; none of a sign-on.",
    )
    linked_in = models.UUIDField(
        null=True,
        editable=False,
        help_text="The session whose user links an identity to themselves; none of a sign-on.",
    )
    expires_at = models.DateTimeField(editable=False)

    lock_stage = LockStage.PART

    class Meta:
        db_table = "oidc_requests"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "digest"], name="oidc_requests_digest_unique"
            )
        ]

    def __str__(self) -> str:
        return f"request to {self.configuration_id}"


class OidcSession(TenantModel):
    """Which provider opened a session, and what it calls the person and the session."""

    archive: ClassVar = NEVER_EXPORTED
    is_observed: ClassVar = False

    session = TenantForeignKey(Session, models.CASCADE, related_name="oidc_sessions")
    configuration = TenantForeignKey(OidcConfiguration, models.CASCADE, related_name="sessions")
    subject = models.CharField(max_length=MAX_SUBJECT, db_default="", editable=False)
    sid = models.CharField("session ID", max_length=MAX_SUBJECT, db_default="", editable=False)

    lock_stage = LockStage.PART

    class Meta:
        db_table = "oidc_sessions"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "session"], name="oidc_sessions_session_unique"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "configuration"], name="oidc_sessions_provider_idx")
        ]

    def __str__(self) -> str:
        return f"session by {self.configuration_id}"


class OidcTokens(TenantModel):
    """The tokens that a provider gave for a session, sealed; they outlive it until revoked there.

    So the session is named, not referred to: however it ends, these remain to be revoked.
    """

    archive: ClassVar = NEVER_EXPORTED
    is_observed: ClassVar = False
    sealed_columns: ClassVar = frozenset({"tokens"})

    configuration = TenantForeignKey(OidcConfiguration, models.CASCADE, related_name="tokens")
    session_id = models.UUIDField(editable=False)
    tokens = models.BinaryField(editable=False)
    refreshed_at = models.DateTimeField(editable=False)
    refresh_at = models.DateTimeField(
        null=True, editable=False, help_text="When to refresh them; never without a refresh token."
    )
    claimed_until = models.DateTimeField(
        null=True, editable=False, help_text="Until when a worker alone may use them."
    )

    lock_stage = LockStage.PART

    class Meta:
        db_table = "oidc_tokens"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "session_id"], name="oidc_tokens_session_unique"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "refresh_at"], name="oidc_tokens_refresh_idx")
        ]

    def __str__(self) -> str:
        return f"tokens of {self.session_id}"


class OidcUsedToken(TenantModel):
    """A logout token that was used, and must not be used again before it expires by itself."""

    archive: ClassVar = NEVER_EXPORTED
    is_observed: ClassVar = False
    expiry_column: ClassVar = "expires_at"

    digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    expires_at = models.DateTimeField(editable=False)

    lock_stage = LockStage.PART

    class Meta:
        db_table = "oidc_used_tokens"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "digest"], name="oidc_used_tokens_digest_unique"
            )
        ]

    def __str__(self) -> str:
        return self.digest
