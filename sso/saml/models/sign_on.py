"""What sign-ons leave behind: questions that were asked, answers that were used, sessions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from rbac.models import User
from sso.saml.models.configuration import MAX_ENTITY_ID, MAX_URI, SamlConfiguration
from sso.sign_in.models import Session
from tenants.locks import LockStage
from tenants.models import NEVER_EXPORTED, TenantForeignKey, TenantModel

DIGEST_LENGTH = 64
MAX_REQUEST_ID = 64
MAX_RELAY_STATE = 1024
MAX_NAME_ID = 512
MAX_SESSION_INDEX = 512


class SamlRequest(TenantModel):
    """A request for a sign-on or a logout that a browser took along; an answer to it is taken once.

    The browser's cookie holds a secret, and the row its SHA-256.
    """

    archive: ClassVar = NEVER_EXPORTED
    is_observed: ClassVar = False
    expiry_column: ClassVar = "expires_at"

    configuration = TenantForeignKey(SamlConfiguration, models.CASCADE, related_name="requests")
    digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    request_id = models.CharField(max_length=MAX_REQUEST_ID, editable=False)
    relay_state = models.CharField(max_length=MAX_RELAY_STATE, blank=True, editable=False)
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
        db_table = "saml_requests"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "digest"], name="saml_requests_digest_unique"
            )
        ]

    def __str__(self) -> str:
        return self.request_id


class SamlSession(TenantModel):
    """What the identity provider calls a session that it opened; a logout names it so."""

    archive: ClassVar = NEVER_EXPORTED
    is_observed: ClassVar = False

    session = TenantForeignKey(Session, models.CASCADE, related_name="saml_sessions")
    user = TenantForeignKey(User, models.CASCADE, related_name="saml_sessions")
    configuration = TenantForeignKey(SamlConfiguration, models.CASCADE, related_name="sessions")
    name_id = models.CharField("NameID", max_length=MAX_NAME_ID, editable=False)
    name_id_format = models.CharField(max_length=MAX_URI, blank=True, editable=False)
    name_qualifier = models.CharField(max_length=MAX_ENTITY_ID, blank=True, editable=False)
    sp_name_qualifier = models.CharField(max_length=MAX_ENTITY_ID, blank=True, editable=False)
    session_index = models.CharField(max_length=MAX_SESSION_INDEX, blank=True, editable=False)
    expires_at = models.DateTimeField(
        null=True, editable=False, help_text="When the identity provider ends it at the latest."
    )

    lock_stage = LockStage.PART

    class Meta:
        db_table = "saml_sessions"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "session"], name="saml_sessions_session_unique"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "configuration", "name_id"], name="saml_sessions_name_id_idx"
            )
        ]

    def __str__(self) -> str:
        return f"session of {self.user_id} by {self.configuration_id}"


class SamlLogout(TenantModel):
    """A logout that an identity provider asked for: what it said before is not taken any more.

    The name is kept as its SHA-256, for as long as an assertion can be used.
    """

    archive: ClassVar = NEVER_EXPORTED
    is_observed: ClassVar = False
    expiry_column: ClassVar = "expires_at"

    configuration = TenantForeignKey(SamlConfiguration, models.CASCADE, related_name="logouts")
    digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    issued_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(editable=False)

    lock_stage = LockStage.PART

    class Meta:
        db_table = "saml_logouts"
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "configuration", "digest"], name="saml_logouts_digest_idx"
            )
        ]

    def __str__(self) -> str:
        return self.digest


class UsedMessage(TenantModel):
    """A message that was used, and must not be used again before it expires by itself."""

    archive: ClassVar = NEVER_EXPORTED
    is_observed: ClassVar = False
    expiry_column: ClassVar = "until"

    digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    until = models.DateTimeField(editable=False)

    lock_stage = LockStage.PART

    class Meta:
        db_table = "saml_used_messages"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "digest"], name="saml_used_messages_digest_unique"
            )
        ]

    def __str__(self) -> str:
        return self.digest
