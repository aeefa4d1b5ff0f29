"""Who the people of identity providers are here."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from iac_platform.common.changes import WriteErrors
from rbac.models import User
from rbac.querysets import PermittedQuerySet
from sso.provisioning.errors import InvalidMapping, MappingExists, MappingNotFound
from tenants.models import EXPORTED, RevisedModel, TenantForeignKey, TenantModel

MAX_SUBJECT = 1024
MAX_ATTRIBUTE_NAME = 512
DIGEST_LENGTH = 64


class ProviderKind(models.TextChoices):
    """Which protocol a provider speaks."""

    SAML = "saml", "SAML"
    OIDC = "oidc", "OpenID Connect"
    SCIM = "scim", "SCIM"


class RoleSync(models.TextChoices):
    """What somebody's groups do to their roles and teams."""

    OFF = "off", "Off: groups change nothing"
    ADD = "add", "Add: groups give roles and teams, and take none"
    EXACT = "exact", "Exact: what a group gave ends with the group"


class Identity(TenantModel):
    """Somebody at one identity provider, and which user they are; never found by an address.

    Attributes:
        grants, memberships: the ids of what the provider's mapping has given the user, and
            may therefore take again. One that somebody has ended meanwhile means nothing.
    """

    archive: ClassVar = EXPORTED

    provider_kind = models.CharField(max_length=8, choices=ProviderKind, editable=False)
    provider_id = models.UUIDField(editable=False)
    subject = models.CharField(max_length=MAX_SUBJECT, editable=False)
    # Of the subject and its namespace: an index holds no text of this length.
    digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    user = TenantForeignKey(User, models.CASCADE, editable=False, related_name="identities")
    grants = ArrayField(models.UUIDField(), default=list, editable=False)
    memberships = ArrayField(models.UUIDField(), default=list, editable=False)
    last_signed_in_at = models.DateTimeField(
        null=True, editable=False, help_text="When it was last used to sign in."
    )

    objects = PermittedQuerySet.as_manager()
    resource = "identity"
    unobserved_columns: ClassVar = frozenset({"last_signed_in_at"})

    class Meta:
        db_table = "identities"
        verbose_name_plural = "identities"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "provider_kind", "provider_id", "digest"],
                name="identities_subject_unique",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="identities_page_idx")
        ]

    def __str__(self) -> str:
        return self.subject


class ProviderMapping(RevisedModel):
    """What a provider's people become: which attribute is what, and what their groups give.

    The names are those of attributes as the provider sends them; an empty one is not mapped, but
    for the username, which then is the subject itself. What groups give is granted with the
    rights that the author has at that moment.
    """

    archive: ClassVar = EXPORTED

    provider_kind = models.CharField(max_length=8, choices=ProviderKind, editable=False)
    provider_id = models.UUIDField(editable=False)
    username_attribute = models.CharField(
        max_length=MAX_ATTRIBUTE_NAME,
        blank=True,
        help_text="Empty for the subject (of SAML, the NameID).",
    )
    email_attribute = models.CharField(max_length=MAX_ATTRIBUTE_NAME, blank=True)
    full_name_attribute = models.CharField(max_length=MAX_ATTRIBUTE_NAME, blank=True)
    groups_attribute = models.CharField(max_length=MAX_ATTRIBUTE_NAME, blank=True)
    creates_users = models.BooleanField(
        default=True, help_text="Whether somebody new becomes a user by signing on."
    )
    updates_users = models.BooleanField(
        default=True, help_text="Whether names and addresses follow at each sign-on."
    )
    role_sync = models.CharField(max_length=8, choices=RoleSync, default=RoleSync.OFF)
    group_roles = models.JSONField(
        default=list,
        blank=True,
        help_text='Such as [{"group": "Admins", "role": "admin"}, {"group": "Web", "team": "…"}].',
    )
    requires_group = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether only people in one of the groups above may sign on.",
    )
    author = TenantForeignKey(
        User,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        help_text="Who changed it last: it gives nothing that they may not give.",
    )

    objects = PermittedQuerySet.as_manager()
    resource = "provider_mapping"
    write_errors = WriteErrors(
        not_found=MappingNotFound,
        invalid=InvalidMapping,
        taken=MappingExists,
        name_field="provider_id",
    )

    class Meta:
        db_table = "identity_provider_mappings"
        verbose_name = "provider mapping"
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "provider_kind", "provider_id"],
                name="identity_provider_mappings_one",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "created_at", "id"], name="provider_mappings_page_idx"
            )
        ]

    def __str__(self) -> str:
        return f"mapping of {self.provider_kind} {self.provider_id}"

    @property
    def attribute_names(self) -> set[str]:
        """The names of the attributes that mean something here."""
        names = (
            *(self.username_attribute, self.email_attribute),
            *(self.full_name_attribute, self.groups_attribute),
        )
        return {name for name in names if name}
