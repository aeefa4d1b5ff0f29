"""Sessions of people's browsers, and how people may begin one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction

from iac_platform.common.changes import WriteErrors
from rbac.models import User
from rbac.querysets import PermittedQuerySet
from sso.sign_in.errors import InvalidSignInPolicy, SignInPolicyNotFound
from tenants.models import NEVER_EXPORTED, RevisedModel, TenantForeignKey, TenantModel

if TYPE_CHECKING:
    from uuid import UUID

DIGEST_LENGTH = 64
USER_AGENT_LENGTH = 300
SECOND_FACTOR_LENGTH = 16
MAX_BREAK_GLASS = 20
MAX_SESSION_HOURS = 168
# Uses are noted every five minutes.
MIN_IDLE_MINUTES = 15


class SessionQuerySet(PermittedQuerySet["Session"]):
    """Sessions, which end in one order whoever ends them."""

    def end(self) -> int:
        """End them, with what belongs to them; how many rows went."""
        with transaction.atomic():
            ended, _ = Session.objects.filter(pk__in=self.locked()).delete()
        return ended

    def locked(self) -> list[UUID]:
        """Lock them until the end of the open transaction; which of them are still there.

        In the order of their keys, and before anything that belongs to them: of two who end the
        same sessions, one waits for the other, and never both.
        """
        rows = Session.objects.filter(pk__in=self.order_by().values("pk"))
        return list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))


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
    by_provider = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether an identity provider signed them on; else it was a password.",
    )
    provider_id = models.UUIDField(
        null=True,
        editable=False,
        help_text="Of the identity provider's configuration, where one signed them on.",
    )
    second_factor = models.CharField(
        max_length=SECOND_FACTOR_LENGTH,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Which second factor was shown beside the password; empty for none.",
    )

    objects = SessionQuerySet.as_manager()
    resource = "user"

    class Meta:
        db_table = "sessions"
        ordering: ClassVar = ["-last_seen_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "digest"], name="sessions_digest_unique")
        ]

    def __str__(self) -> str:
        return f"session of {self.user_id or 'nobody'}"


class SignInPolicy(RevisedModel):
    """How a tenant's people sign in; a tenant has one row, or none: passwords are taken then.

    It stays here when a tenant is exported: where the tenant is imported, its identity providers
    have no keys at first, and everybody would be locked out.
    """

    archive: ClassVar = NEVER_EXPORTED

    requires_sso = models.BooleanField(
        "requires single sign-on",
        default=False,
        help_text="Whether passwords are taken of break-glass accounts alone.",
    )
    requires_second_factor = models.BooleanField(
        "requires a second factor",
        default=False,
        db_default=False,
        help_text="Whether people who sign in with a password must show a second factor as well.",
    )
    session_hours = models.PositiveSmallIntegerField(
        default=8,
        db_default=8,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_SESSION_HOURS)],
        help_text="After how many hours people sign in again, whatever they do meanwhile.",
    )
    idle_minutes = models.PositiveSmallIntegerField(
        "idle limit in minutes",
        default=MAX_SESSION_HOURS * 60,
        db_default=MAX_SESSION_HOURS * 60,
        validators=[MinValueValidator(MIN_IDLE_MINUTES), MaxValueValidator(MAX_SESSION_HOURS * 60)],
        help_text="After how many minutes without use a session ends; uses are noted every 5.",
    )
    break_glass = ArrayField(
        models.UUIDField(),
        default=list,
        blank=True,
        size=MAX_BREAK_GLASS,
        help_text="People who may use their password all the same, if identity providers fail.",
    )

    objects = PermittedQuerySet.as_manager()
    resource = "sign_in_policy"
    write_errors = WriteErrors(not_found=SignInPolicyNotFound, invalid=InvalidSignInPolicy)

    class Meta:
        db_table = "sign_in_policies"
        verbose_name = "sign-in policy"
        verbose_name_plural = "sign-in policy"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id"], name="sign_in_policies_once")
        ]

    def __str__(self) -> str:
        return "Sign-in policy"

    def takes_password_of(self, user: User) -> bool:
        """Whether somebody may sign in with their password."""
        return not self.requires_sso or user.pk in self.break_glass
