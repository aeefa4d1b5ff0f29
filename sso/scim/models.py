"""What SCIM clients may do, and what they have told of their people and groups."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from iac_platform.common.changes import WriteErrors
from rbac.models import StoredToken, User
from rbac.models.fields import NameKeyField
from rbac.querysets import PermittedQuerySet
from sso.provisioning.external import AttributeNames, Provider
from sso.provisioning.models import Identity, ProviderKind
from sso.scim.errors import InvalidResource, InvalidScimToken, ScimTokenNotFound
from tenants.locks import LockStage
from tenants.models import EXPORTED, RevisedModel, TenantForeignKey, TenantModel

MAX_NAME = 255
_MAX_KIND = 8
# What the attributes are called in a mapping; see ``protocol.resources``.
ATTRIBUTES = AttributeNames(email="emails", full_name="displayName", groups="groups")


class ScimDirectory(TenantModel):
    """The people and groups that an identity provider manages here by SCIM.

    It begins with the provider's first token. As a provider of the kind ``scim`` it has a mapping
    of its own: what its groups give is asked for there.
    """

    archive: ClassVar = EXPORTED
    is_observed: ClassVar = False
    lock_stage = LockStage.ACCESS

    provider_kind = models.CharField(max_length=_MAX_KIND, choices=ProviderKind)
    provider_id = models.UUIDField(help_text="Of the configuration by which its people sign on.")

    class Meta:
        db_table = "scim_directories"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "provider_kind", "provider_id"], name="scim_directories_one"
            )
        ]

    def __str__(self) -> str:
        return f"SCIM directory of {self.provider_kind} {self.provider_id}"

    def provider(self, name: str = "SCIM") -> Provider:
        """The directory as a provider of users."""
        return Provider(ProviderKind.SCIM, self.pk, name, ATTRIBUTES)


class ScimToken(StoredToken):
    """An identity provider's key to ``/scim/v2/``, and to nothing else."""

    directory = TenantForeignKey(
        ScimDirectory, models.CASCADE, editable=False, related_name="tokens"
    )
    created_by = TenantForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    replaces = TenantForeignKey(
        "self",
        models.CASCADE,
        null=True,
        editable=False,
        related_name="successors",
        help_text="The token that was rotated.",
    )

    objects = PermittedQuerySet.as_manager()
    resource = "scim_token"
    write_errors = WriteErrors(not_found=ScimTokenNotFound, invalid=InvalidScimToken)

    class Meta:
        db_table = "scim_tokens"
        verbose_name = "SCIM token"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "digest"], name="scim_tokens_digest_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "replaces"],
                condition=Q(revoked_at=None),
                name="scim_tokens_one_successor",
            ),
            models.CheckConstraint(
                condition=Q(networks=None) | Q(networks__len__gt=0),
                name="scim_tokens_some_network",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="scim_tokens_page_idx")
        ]


class ScimUser(RevisedModel):
    """Somebody as an identity provider describes them; the identity says which user they are.

    Attributes:
        attributes: what the client sent, as SCIM writes it, but for what stands in columns.
        deactivated: whether the client deactivated the user, and nobody activated them since.
            Only then it activates them again: whom an admin deactivated here stays so.
        deleted_at: since when the client says that there is no such person.
    """

    archive: ClassVar = EXPORTED
    is_observed: ClassVar = False
    lock_stage = LockStage.ACCESS

    directory = TenantForeignKey(ScimDirectory, models.CASCADE, related_name="users")
    identity = TenantForeignKey(Identity, models.CASCADE, related_name="scim_users")
    user_name = models.CharField(max_length=MAX_NAME)
    user_name_key = NameKeyField(of="user_name")
    external_id = models.CharField(max_length=MAX_NAME, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    deactivated = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    write_errors = WriteErrors(invalid=InvalidResource)

    class Meta:
        db_table = "scim_users"
        verbose_name = "SCIM user"
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "directory", "user_name_key"],
                condition=Q(deleted_at=None),
                name="scim_users_name_unique",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "directory", "external_id"],
                condition=Q(deleted_at=None) & ~Q(external_id=""),
                name="scim_users_external_unique",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "identity"], name="scim_users_identity_unique"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "directory", "created_at", "id"], name="scim_users_page_idx"
            )
        ]

    def __str__(self) -> str:
        return self.user_name

    @property
    def user(self) -> User:
        """Who they are here."""
        user: User = self.identity.user
        return user


class ScimGroup(RevisedModel):
    """A group of an identity provider, by whose names the mapping gives roles and teams."""

    archive: ClassVar = EXPORTED
    is_observed: ClassVar = False
    lock_stage = LockStage.ACCESS

    directory = TenantForeignKey(ScimDirectory, models.CASCADE, related_name="groups")
    display_name = models.CharField(max_length=MAX_NAME)
    display_name_key = NameKeyField(of="display_name")
    external_id = models.CharField(max_length=MAX_NAME, blank=True)
    members: models.ManyToManyField[ScimUser, ScimMember] = models.ManyToManyField(
        ScimUser, through="ScimMember", related_name="groups"
    )

    write_errors = WriteErrors(invalid=InvalidResource)

    class Meta:
        db_table = "scim_groups"
        verbose_name = "SCIM group"
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "directory", "display_name_key"],
                name="scim_groups_name_unique",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "directory", "external_id"],
                condition=~Q(external_id=""),
                name="scim_groups_external_unique",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "directory", "created_at", "id"], name="scim_groups_page_idx"
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def names(self) -> frozenset[str]:
        """By what a mapping may call it."""
        return frozenset({self.display_name, self.external_id} - {""})


class ScimMember(TenantModel):
    """Somebody in a group."""

    archive: ClassVar = EXPORTED
    is_observed: ClassVar = False
    lock_stage = LockStage.ACCESS

    group = TenantForeignKey(ScimGroup, models.CASCADE, related_name="memberships")
    user = TenantForeignKey(ScimUser, models.CASCADE, related_name="memberships")

    class Meta:
        db_table = "scim_members"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "group", "user"], name="scim_members_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"
