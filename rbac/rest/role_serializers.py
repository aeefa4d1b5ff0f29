"""The shapes in which roles, teams and grants travel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rest_framework import serializers

from iac_platform.common.permissions import Scope, declared
from iac_platform.gateway.serializers import DictField, InputSerializer, ListField
from rbac.access.holdings import Limits, Period
from rbac.models import Role, RoleGrant, Team, User
from rbac.rest.references import RoleReference, TeamReference, UserReference
from rbac.selectors import allowed_by
from rbac.services.grants import MOST_LIMITS

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_PERMISSIONS = 200
_IDS = "Ids; left out for all."


class RoleOutput(serializers.ModelSerializer[Role]):
    """A role with all that it allows."""

    own_permissions = serializers.SerializerMethodField(
        help_text="Scope by permission name, without what is inherited."
    )
    inherits = serializers.SerializerMethodField(help_text="Keys of roles.")
    permissions = serializers.SerializerMethodField(
        help_text="Scope by permission name, with what is inherited."
    )

    class Meta:
        model = Role
        fields: ClassVar = [
            "id",
            "key",
            "name",
            "description",
            "is_custom",
            "permissions",
            "own_permissions",
            "inherits",
            "revision",
            "created_at",
            "updated_at",
        ]

    def get_permissions(self, role: Role) -> dict[str, str]:
        """Scope by permission name."""
        allowed = allowed_by([role.pk], self.context["facts"])[role.pk]
        return {name: str(each.scope) for name, each in sorted(allowed.items())}

    def get_own_permissions(self, role: Role) -> dict[str, str]:
        """Scope by permission name."""
        own = self.context["facts"][role.pk].own()
        return {name: str(scope) for name, scope in sorted(own.items())}

    def get_inherits(self, role: Role) -> list[str]:
        """Keys of the roles that it inherits from."""
        facts = self.context["facts"]
        return sorted(facts[parent].key for parent in facts[role.pk].parents)


class PermissionsField(DictField):
    """Scope by the name of a permission."""

    child = serializers.ChoiceField(choices=list(Scope))
    default_error_messages: ClassVar = {"max_length": "At most {max_length} permissions."}

    def run_child_validation(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Name every permission that nobody declares, and every scope that is none."""
        known = {permission.name for permission in declared()}
        unknown = {name: ["There is no such permission."] for name in data if name not in known}
        try:
            scopes: dict[str, Any] = super().run_child_validation(data)
        except serializers.ValidationError as error:
            problems: Any = error.detail
            raise serializers.ValidationError({**problems, **unknown}) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return scopes


class RoleInput(InputSerializer):
    """A role to make; of a change, what is left out stays."""

    example: ClassVar = {
        "name": "Release manager",
        "permissions": {"project.view": "tenant", "blueprint.view": "team"},
        "inherits": ["viewer"],
    }
    name = serializers.CharField(max_length=100, help_text="Unique in the tenant.")
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    permissions = PermissionsField(
        max_length=_MOST_PERMISSIONS,
        required=False,
        help_text="Scope by permission name; none that you do not hold for the whole tenant.",
    )
    inherits = ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        max_length=10,
        help_text="Keys of roles.",
    )


class TeamOutput(serializers.ModelSerializer[Team]):
    """A team."""

    parent = serializers.UUIDField(  # type: ignore[assignment]  # declared fields leave the class
        source="parent_id", allow_null=True
    )

    class Meta:
        model = Team
        fields: ClassVar = [
            "id",
            "name",
            "description",
            "parent",
            "ancestors",
            "revision",
            "created_at",
            "updated_at",
        ]


class TeamInput(InputSerializer):
    """A team to form; of a change, what is left out stays."""

    example: ClassVar = {"name": "Platform", "description": "Builds what the others build on."}
    name = serializers.CharField(max_length=100, help_text="Unique in the tenant.")
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    parent = TeamReference(  # type: ignore[assignment]  # declared fields leave the class
        required=False, allow_null=True, help_text="The team that it is part of."
    )


class MemberOutput(serializers.ModelSerializer[User]):
    """A member of a team."""

    username = serializers.CharField(max_length=150)

    class Meta:
        model = User
        fields: ClassVar = ["id", "username", "full_name", "is_active", "created_at"]


class MemberInput(InputSerializer):
    """A user to put into a team."""

    example: ClassVar = {"user": "7d2f6c1e-9b1c-4f52-8a70-3f3f4f0f2f11"}
    user = UserReference()


class GrantOutput(serializers.ModelSerializer[RoleGrant]):
    """A role that a user or a team has."""

    role = serializers.CharField(source="role.key")
    role_name = serializers.CharField(source="role.name")
    user = serializers.UUIDField(source="user_id", allow_null=True)
    team = serializers.UUIDField(source="team_id", allow_null=True)
    delegated_by = serializers.UUIDField(source="delegated_by_id", allow_null=True)

    class Meta:
        model = RoleGrant
        fields: ClassVar = [
            "id",
            "role",
            "role_name",
            "user",
            "team",
            "projects",
            "environments",
            "starts_at",
            "expires_at",
            "granted_by",
            "delegated_by",
            "created_at",
        ]


def _ids() -> Any:
    return ListField(
        child=serializers.UUIDField(),
        required=False,
        allow_null=True,
        default=None,
        min_length=1,
        max_length=MOST_LIMITS,
        help_text=_IDS,
    )


def _of_a_grant(data: dict[str, Any]) -> dict[str, Any]:
    """The receiver, the role, and what bounds the grant, as services take them."""
    chosen = (data["projects"], data["environments"])
    return {
        "to": data.get("user") or data.get("team"),
        "role": data["role"],
        "limits": Limits(*(None if ids is None else frozenset(ids) for ids in chosen)),
        "period": Period(data["starts_at"], data["expires_at"]),
    }


class DelegationInput(InputSerializer):
    """A role to pass on."""

    example: ClassVar = {
        "role": "viewer",
        "user": "7d2f6c1e-9b1c-4f52-8a70-3f3f4f0f2f11",
        "expires_at": "2030-01-31T00:00:00Z",
    }
    role = RoleReference(max_length=100, help_text="The role's key.")
    user = UserReference()
    projects = _ids()
    environments = _ids()
    starts_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    expires_at = serializers.DateTimeField(help_text="At most 90 days from now.")

    def arguments(self, reader: Any) -> dict[str, Any]:
        """What the service takes."""
        return _of_a_grant(super().arguments(reader))


class GrantInput(InputSerializer):
    """A role to grant to a user or to a team."""

    example: ClassVar = {
        "role": "viewer",
        "team": "5f0b8a1c-1f5f-4c62-9d4e-2a8f5a0c9e22",
        "expires_at": "2030-01-31T00:00:00Z",
    }
    role = RoleReference(max_length=100, help_text="The role's key.")
    user = UserReference(required=False, help_text="Either this or `team`.")
    team = TeamReference(required=False)
    projects = _ids()
    environments = _ids()
    starts_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    expires_at = serializers.DateTimeField(required=False, default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of the two."""
        if ("user" in attrs) == ("team" in attrs):
            raise serializers.ValidationError("Name a user or a team, and not both.")
        return attrs

    def arguments(self, reader: Any) -> dict[str, Any]:
        """What the service takes."""
        return _of_a_grant(super().arguments(reader))
