"""The people of a tenant."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models

from iac_platform.common.changes import WriteErrors
from rbac.access.holdings import NOTHING_HELD
from rbac.access.kinds import withheld_from
from rbac.access.loading import access_of
from rbac.errors import InvalidUser, UsernameTaken
from rbac.models.fields import NameKeyField
from rbac.names import key_of, validate_username
from rbac.permissions import USE_ADMIN
from rbac.policy import held_scope
from rbac.querysets import PermittedQuerySet
from tenants.locks import LockStage
from tenants.models import ArchivePolicy, RevisedModel, TenantForeignKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from iac_platform.common.permissions import Scope
    from rbac.access.holdings import Access
    from rbac.models.token import ApiToken


class UserKind(models.TextChoices):
    """On whose behalf a user acts."""

    PERSON = "person", "Member"
    SUPPORT = "support", "Support access"
    SERVICE = "service", "Service account"


class UserQuerySet(PermittedQuerySet["User"]):
    """Users, by the name they sign in with."""

    def named(self, username: str) -> UserQuerySet:
        """The user of this name, in whatever case it is written; one at most."""
        return self.filter(username_key=key_of(username))


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]  # built by Django
    """Looks users up by the name they sign in with, in the current tenant."""


class User(RevisedModel, AbstractBaseUser):
    """A person, or a program, that belongs to exactly one tenant.

    The same person in two tenants is two users: an identity provider of one tenant
    can then say nothing about the other. A program is a service account: it holds roles
    like anybody, and acts through tokens alone.
    """

    # A password that nobody has: people set theirs anew.
    archive: ClassVar = ArchivePolicy(replaced={"password": "!"})
    is_counted: ClassVar = True
    last_use_column: ClassVar = "last_login"
    unobserved_columns: ClassVar = frozenset({"last_login"})

    username = models.CharField(
        max_length=150, validators=[UnicodeUsernameValidator(), validate_username]
    )
    username_key = NameKeyField(of="username")
    email = models.EmailField(blank=True)
    full_name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(
        default=True, help_text="Deactivated users keep their history and lose all access."
    )

    kind = models.CharField(
        max_length=16,
        choices=UserKind.choices,
        default=UserKind.PERSON,
        editable=False,
    )
    description = models.CharField(
        max_length=500, blank=True, help_text="What a service account is for."
    )
    owner = TenantForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="service_accounts",
        help_text="The person who answers for a service account.",
    )

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["email"]
    resource = "user"
    owner_path = "id"
    lock_stage = LockStage.PEOPLE
    write_errors = WriteErrors(invalid=InvalidUser, taken=UsernameTaken, name_field="username")
    # The tenant's stamp as it was read with the user, if it was; see ``rbac.access.loading``.
    access_stamp: UUID | None = None
    # Whether they act in a session in which they have not shown lately who they are.
    must_reauthenticate: bool = False
    # The token that they act through in this request, whose limits hold; None in a session.
    through: ApiToken | None = None

    class Meta:
        db_table = "users"
        ordering: ClassVar = ["username"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "username_key"], name="users_username_unique"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="users_page_idx"),
            models.Index(fields=["tenant_id", "username_key", "id"], name="users_key_idx"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def audit_id(self) -> str:
        """How the audit log identifies the user."""
        return f"user:{self.pk}"

    @property
    def audit_name(self) -> str:
        """What people read in the audit log."""
        return self.username

    @cached_property
    def access(self) -> Access:
        """All that the user holds; see ``rbac.access``.

        It is read once, so a user is to be read anew for each request and each job.
        """
        held = access_of(self.pk, self.tenant_id, self.access_stamp)
        if self.kind != UserKind.PERSON:
            held = held.narrowed(lambda name: not withheld_from(self.kind, name))
        return held if self.through is None else held.narrowed(self.through.limits.allow)

    def read_access_again(self) -> Access:
        """What the user holds by now, for whoever has waited for others' changes."""
        self.access_stamp = None
        self.__dict__.pop("access", None)
        self.refresh_from_db(fields=["is_active"])
        if self.through is not None:
            self.through.refresh_from_db(fields=["expires_at", "revoked_at"])
        dead = self.through is not None and not self.through.is_live
        return self.access if self.is_active and not dead else NOTHING_HELD

    @property
    def role_keys(self) -> frozenset[str]:
        """The keys of the roles that the user holds now, themselves or by a team."""
        return self.access.role_keys()

    @property
    def effective_permissions(self) -> Mapping[str, Scope]:
        """The widest scope of each permission that the user holds now."""
        return self.access.scopes()

    @property
    def is_support(self) -> bool:
        """Whether this is the operator's staff and not one of the tenant's people."""
        return self.kind == UserKind.SUPPORT

    @property
    def is_service(self) -> bool:
        """Whether this is a service account."""
        return self.kind == UserKind.SERVICE

    @property
    def is_staff(self) -> bool:
        """Whether the admin lets the user in (Django's name for it)."""
        return held_scope(self, USE_ADMIN) is not None

    @property
    def is_superuser(self) -> bool:
        """Nobody is above the rules."""
        return False

    def has_perm(self, perm: str, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        """Deny: whoever asks in Django's vocabulary has not been taught ours."""
        return False

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002  # Django's signature
        """Deny, likewise; the admin classes ask ``rbac.policy``."""
        return False
