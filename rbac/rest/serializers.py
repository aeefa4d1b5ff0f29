"""The shapes in which people, roles and what else is about them travel."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from iac_platform.gateway.serializers import InputSerializer, ListField
from rbac.models import ApiToken, AuditEntry, Invitation, SupportAccess, User
from rbac.rest.references import RoleReference


class UserOutput(serializers.ModelSerializer[User]):
    """A user, as others see them."""

    # Without the pattern of people's names: support's have colons.
    username = serializers.CharField(max_length=150)
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: ClassVar = [
            "id",
            "username",
            "kind",
            "email",
            "full_name",
            "is_active",
            "roles",
            "revision",
            "created_at",
            "updated_at",
        ]

    def get_roles(self, user: User) -> list[str]:
        """The keys of the roles that are granted to the user and count now."""
        return keys_of_roles(user)


def keys_of_roles(user: User) -> list[str]:
    """The keys of the roles that are granted to somebody themselves, and count now."""
    now = timezone.now()
    grants = (grant for grant in user.role_grants.all() if grant.period.includes(now))
    return sorted({grant.role.key for grant in grants})


def roles_to_grant() -> ListField:
    """The member of whoever is added that names their first roles."""
    return ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        default=list,
        max_length=20,
        help_text="Keys of roles; none that allows more than you may do yourself.",
    )


class UserInput(InputSerializer):
    """A user to add."""

    example: ClassVar = {
        "username": "ann",
        "email": "ann@example.com",
        "full_name": "Ann Smith",
        "roles": ["viewer"],
    }
    username = serializers.CharField(max_length=150)
    email = serializers.EmailField(required=False, allow_blank=True)
    full_name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    password = serializers.CharField(
        max_length=128,
        required=False,
        default=None,
        allow_null=True,
        write_only=True,
        trim_whitespace=False,
        help_text="At least 12 characters; without one the user cannot sign in with a password.",
    )
    roles = roles_to_grant()


class UserChange(InputSerializer):
    """What may be changed of a user; what is left out stays."""

    example: ClassVar = {"full_name": "Ann Smith-Jones", "is_active": True}
    username = serializers.CharField(
        max_length=150,
        required=False,
        help_text="What they sign in with; the name before is free for others then.",
    )
    email = serializers.EmailField(required=False, allow_blank=True)
    full_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)


class RoleGrantInput(InputSerializer):
    """A role to grant or to revoke."""

    example: ClassVar = {"role": "viewer"}
    role = RoleReference(max_length=100, help_text="The role's key.")


class ShownTokenOutput(serializers.ModelSerializer[ApiToken]):
    """The token that a request is made with: what it is limited to, and nothing of its secret."""

    class Meta:
        model = ApiToken
        fields: ClassVar = ["id", "name", "prefix", "scopes", "networks", "expires_at"]


class OwnTenantOutput(serializers.Serializer[Any]):
    """The tenant that the credentials belong to."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    tier = serializers.CharField()


class MeOutput(serializers.Serializer[Any]):
    """Whoever is asking, and what they may do."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    email = serializers.CharField()
    full_name = serializers.CharField()
    tenant = serializers.SerializerMethodField()
    roles = serializers.SerializerMethodField()
    permissions = serializers.SerializerMethodField()
    token = ShownTokenOutput(source="through", allow_null=True)

    @extend_schema_field(OwnTenantOutput)
    def get_tenant(self, user: User) -> Any:  # noqa: ARG002  # DRF's signature
        """The tenant that the credentials belong to."""
        return OwnTenantOutput(self.context["request"].tenant).data

    def get_roles(self, user: User) -> list[str]:
        """The keys of the roles that the user holds."""
        return sorted(user.role_keys)

    def get_permissions(self, user: User) -> dict[str, str]:
        """Scope by permission name."""
        return {name: str(scope) for name, scope in sorted(user.effective_permissions.items())}


class SupportAccessOutput(serializers.ModelSerializer[SupportAccess]):
    """One time that the operator's staff was let in."""

    user = serializers.CharField(source="user.username", help_text="Who the audit log names.")
    role = serializers.CharField(source="role_key")

    class Meta:
        model = SupportAccess
        fields: ClassVar = [
            "id",
            "operator_name",
            "reason",
            "role",
            "user",
            "created_at",
            "expires_at",
            "first_used_at",
            "revoked_at",
            "revoked_by",
        ]


@extend_schema_field(
    {
        "type": "object",
        "description": "What changed, by field: `[old, new]` where there was something before, "
        "else what is there now. Secrets are redacted.",
        "additionalProperties": True,
    }
)
class ChangesField(serializers.JSONField):
    """What an entry of the audit log keeps of a change."""


class AuditOutput(serializers.ModelSerializer[AuditEntry]):
    """One line of the audit log, with its place in the chain."""

    changes = ChangesField(read_only=True)

    sequence = serializers.IntegerField(
        allow_null=True,
        read_only=True,
        help_text="Counts up without a gap; null for an entry that stands outside of the chain.",
    )
    hash = serializers.CharField(
        allow_null=True, read_only=True, help_text="A keyed hash of this entry and the one before."
    )

    class Meta:
        model = AuditEntry
        fields: ClassVar = [
            "id",
            "sequence",
            "hash",
            "created_at",
            "actor_id",
            "actor_name",
            "action",
            "subject_type",
            "subject_id",
            "subject_name",
            "changes",
            "request_id",
            "ip_address",
        ]


class InvitationInput(InputSerializer):
    """An invitation to be the first admin of a tenant."""

    example: ClassVar = {"email": "ann@example.com"}
    email = serializers.EmailField(
        required=False, help_text="If it is another address than the one given before."
    )


class NewInvitationOutput(serializers.Serializer[Any]):
    """An invitation just made, with its token for the only time."""

    email = serializers.EmailField()
    expires_at = serializers.DateTimeField()
    token = serializers.CharField(help_text="Whoever has it becomes the admin.")
    link = serializers.URLField(help_text="Send it to the invited person, and to nobody else.")


class UserInvitationInput(InputSerializer):
    """An invitation to become a user."""

    example: ClassVar = {"email": "ann@example.com", "roles": ["viewer"]}
    email = serializers.EmailField(help_text="Of the invited person.")
    roles = roles_to_grant()


class InvitationOutput(serializers.ModelSerializer[Invitation]):
    """An invitation, without its token."""

    invited_by = serializers.CharField(
        source="invited_by.username",
        default=None,
        allow_null=True,
        help_text="Null where the platform's operator invited the first admin.",
    )

    class Meta:
        model = Invitation
        fields: ClassVar = [
            "id",
            "email",
            "roles",
            "invited_by",
            "created_at",
            "expires_at",
            "accepted_at",
            "revoked_at",
        ]


class NewUserInvitationOutput(InvitationOutput):
    """An invitation just made, with its token for the only time."""

    token = serializers.CharField(help_text="Whoever has it becomes a user.")
    link = serializers.URLField(help_text="Send it to the invited person, and to nobody else.")

    class Meta(InvitationOutput.Meta):
        fields: ClassVar = [*InvitationOutput.Meta.fields, "token", "link"]


class AcceptanceInput(InputSerializer):
    """What somebody sends who accepts an invitation."""

    example: ClassVar = {
        "token": "Zm9yLXRoZS1leGFtcGxlLW9ubHk",
        "username": "ann",
        "password": "tangerine-orbit-42",
    }
    token = serializers.CharField(max_length=200)
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    full_name = serializers.CharField(max_length=200, required=False, allow_blank=True)


class AcceptanceOutput(serializers.Serializer[Any]):
    """A new user, who may sign in now."""

    id = serializers.UUIDField()
    username = serializers.CharField()


class AdminInput(InputSerializer):
    """The first admin of a tenant."""

    example: ClassVar = {"username": "ann", "email": "ann@example.com"}
    username = serializers.CharField(max_length=150)
    email = serializers.EmailField()


class NewAdminOutput(serializers.Serializer[Any]):
    """An admin just added, with the password for the only time."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    password = serializers.CharField(help_text="Hand it over; it is never shown again.")
