"""Sessions of people's browsers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from rbac.models import User
from tenants.models import NEVER_EXPORTED, TenantForeignKey, TenantModel

DIGEST_LENGTH = 64
USER_AGENT_LENGTH = 300


class Session(TenantModel):
    """What a browser's cookie opens; only the SHA-256 of the cookie's secret is kept.

    Whoever reads the table, or counts what an index holds, learns nothing that a browser
    could show: the secret cannot be computed from its digest.
    """

    archive: ClassVar = NEVER_EXPORTED
    expiry_column: ClassVar = "expires_at"

    digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    data = models.TextField(editable=False)
    expires_at = models.DateTimeField(editable=False)
    user = TenantForeignKey(
        User,
        models.CASCADE,
        null=True,
        editable=False,
        related_name="sessions",
        help_text="Who has signed in; nobody yet where a visitor was shown a message.",
    )
    last_seen_at = models.DateTimeField(
        auto_now_add=True, editable=False, help_text="When it was last used, to some minutes."
    )
    address = models.GenericIPAddressField(
        null=True, editable=False, help_text="Where it was last used from."
    )
    user_agent = models.CharField(
        max_length=USER_AGENT_LENGTH, editable=False, help_text="What the browser calls itself."
    )

    class Meta:
        db_table = "sessions"
        ordering: ClassVar = ["-last_seen_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "digest"], name="sessions_digest_unique")
        ]

    def __str__(self) -> str:
        return f"session of {self.user_id or 'nobody'}"
