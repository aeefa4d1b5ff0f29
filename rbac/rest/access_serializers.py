"""The shapes in which questions about access, and their answers, travel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rest_framework import serializers

from iac_platform.common.permissions import Scope
from iac_platform.gateway.serializers import InputSerializer
from rbac.access.explaining import StepName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from rbac.access.explaining import AccessPath, Option
    from rbac.access.holdings import Entitlement, Grant
    from rbac.answers.explanations import Explanation, Holdings
    from rbac.answers.who_can import Reasons
    from rbac.models import User

_SCOPES = [str(scope) for scope in Scope]
Shown = dict[str, Any]


# --- What is asked ----------------------------------------------------------------------
class ObjectInput(InputSerializer):
    """One object."""

    example: ClassVar = {"type": "blueprint", "id": "7d2f6c1e-9b1c-4f52-8a70-3f3f4f0f2f11"}
    type = serializers.CharField(max_length=60, help_text="The permission's resource.")
    id = serializers.UUIDField()


class ExplainInput(InputSerializer):
    """A question: may somebody do something?"""

    example: ClassVar = {
        "user": "ann",
        "permission": "blueprint.update",
        "object": {"type": "blueprint", "id": "7d2f6c1e-9b1c-4f52-8a70-3f3f4f0f2f11"},
    }
    user = serializers.CharField(
        max_length=150, required=False, help_text="The user's id or name; oneself if left out."
    )
    permission = serializers.CharField(max_length=120, help_text="Such as `blueprint.update`.")
    object = ObjectInput(
        required=False, help_text="What it would be done to; anything at all if left out."
    )


class WhoCanQuery(InputSerializer):
    """A question: who may do something?"""

    example: ClassVar = {"permission": "blueprint.update"}
    permission = serializers.CharField(max_length=120, help_text="Such as `blueprint.update`.")
    type = serializers.CharField(
        max_length=60, required=False, help_text="The permission's resource; with `id`."
    )
    id = serializers.UUIDField(
        required=False, help_text="Of the object; on anything at all if left out."
    )

    def validate(self, attrs: Any) -> Any:
        """An object is named by its type and its id."""
        if ("type" in attrs) != ("id" in attrs):
            raise serializers.ValidationError("Name an object by both `type` and `id`.")
        return attrs


# --- What is answered -------------------------------------------------------------------
class NamedUserOutput(serializers.Serializer[Any]):
    """A user by id and name."""

    id = serializers.UUIDField()
    username = serializers.CharField()


class SubjectOutput(NamedUserOutput):
    """A user, and what kind of user it is."""

    kind = serializers.CharField(help_text="`person`, `service` or `support`.")


class LimitsOutput(serializers.Serializer[Any]):
    """The ids of what a grant is limited to; null for no limit."""

    names = serializers.DictField(
        child=serializers.CharField(), help_text="Names by id, of those that you may see."
    )
    projects = serializers.ListField(child=serializers.UUIDField(), allow_null=True)
    environments = serializers.ListField(child=serializers.UUIDField(), allow_null=True)


class AccessPathOutput(serializers.Serializer[Any]):
    """One way of holding a permission."""

    grant = serializers.UUIDField()
    role = serializers.CharField(help_text="The key of the role that is granted.")
    role_path = serializers.ListField(
        child=serializers.CharField(),
        help_text="From the granted role to the one that it inherits the permission from.",
    )
    team_path = serializers.ListField(
        child=serializers.CharField(),
        help_text="From the user's team to the one that has the role; empty if they have it.",
    )
    scope = serializers.ChoiceField(_SCOPES)
    limits = LimitsOutput()
    starts_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    delegated_by = NamedUserOutput(allow_null=True)


class HeldOutput(serializers.Serializer[Any]):
    """A permission that is held now."""

    permission = serializers.CharField()
    description = serializers.CharField()
    scope = serializers.ChoiceField(_SCOPES, help_text="The widest of all ways.")
    paths = AccessPathOutput(many=True)


class WithheldOutput(serializers.Serializer[Any]):
    """A permission that one's roles allow, and that may not be used."""

    permission = serializers.CharField()
    reason = serializers.CharField()


class HoldingsOutput(serializers.Serializer[Any]):
    """All that somebody holds now, and where they have it from."""

    user = SubjectOutput()
    permissions = HeldOutput(many=True)
    withheld = WithheldOutput(many=True)


class StepOutput(serializers.Serializer[Any]):
    """One step of the check."""

    step = serializers.ChoiceField([str(name) for name in StepName])
    passed = serializers.BooleanField()
    detail = serializers.CharField()


class ExplainedAccessPathOutput(AccessPathOutput):
    """One grant that has to do with it, and what came of it."""

    allowed = serializers.BooleanField(help_text="Whether this grant alone is enough.")
    failed = serializers.CharField(allow_null=True, help_text="The first step that failed.")
    steps = StepOutput(many=True)


class NeededOutput(serializers.Serializer[Any]):
    """A role that allows it."""

    role = serializers.CharField()
    custom = serializers.BooleanField()
    scope = serializers.ChoiceField(_SCOPES)
    role_path = serializers.ListField(child=serializers.CharField())
    sufficient = serializers.BooleanField(
        help_text="Whether having the role, without limits, would be enough."
    )


class AskedObjectOutput(serializers.Serializer[Any]):
    """The object that was asked about."""

    type = serializers.CharField()
    id = serializers.UUIDField()
    name = serializers.CharField()


class ExplanationOutput(serializers.Serializer[Any]):
    """A verdict with its reasons, the best way first."""

    allowed = serializers.BooleanField()
    reason = serializers.CharField()
    user = SubjectOutput()
    permission = serializers.CharField()
    object = AskedObjectOutput(allow_null=True)
    paths = ExplainedAccessPathOutput(many=True)
    required_roles = NeededOutput(many=True, help_text="After a denial: the roles that allow it.")


class WhoCanOutput(serializers.Serializer[Any]):
    """Somebody who may do it, and the best reason."""

    user = SubjectOutput()
    path = ExplainedAccessPathOutput()


# --- From what the answers are made -----------------------------------------------------
def serialize_holdings(holdings: Holdings) -> Shown:
    """All that somebody holds, for ``HoldingsOutput``."""
    return {
        "user": _subject(holdings.user),
        "permissions": [
            {
                "permission": held.permission.name,
                "description": held.permission.description,
                "scope": held.scope,
                "paths": [_given(*path, names=holdings.names) for path in held.paths],
            }
            for held in holdings.held
        ],
        "withheld": [
            {"permission": name, "reason": why} for name, why in sorted(holdings.withheld.items())
        ],
    }


def serialize_explanation(explanation: Explanation) -> Shown:
    """A verdict, for ``ExplanationOutput``."""
    permission, obj = explanation.permission, explanation.obj
    return {
        "allowed": explanation.allowed,
        "reason": explanation.reason,
        "user": _subject(explanation.user),
        "permission": permission.name,
        "object": obj and {"type": permission.resource, "id": obj.pk, "name": str(obj)},
        "paths": [serialize_path(path, explanation.names) for path in explanation.paths],
        "required_roles": [_needed(option) for option in explanation.required_roles],
    }


def serialize_path(path: AccessPath, names: Mapping[UUID, str]) -> Shown:
    """A way with its steps, for ``ExplainedAccessPathOutput``."""
    candidate = path.candidate
    return _of_grant(candidate.grant, names) | {
        "role_path": candidate.role_path,
        "scope": path.scope,
        "allowed": path.allowed,
        "failed": path.failed and path.failed.name,
        "steps": [
            {"step": step.name, "passed": step.passed, "detail": step.detail} for step in path.steps
        ],
    }


def serialize_allowed_user(user: User, path: AccessPath, names: Mapping[UUID, str]) -> Shown:
    """Somebody who may, for ``WhoCanOutput``."""
    return {"user": _subject(user), "path": serialize_path(path, names)}


def serialize_allowed_users(users: Iterable[User], why: Reasons) -> list[Shown]:
    """Those who still may, for ``WhoCanOutput``: whoever lost it meanwhile has no path."""
    paths = why.paths
    return [
        serialize_allowed_user(user, paths[user.pk], why.names)
        for user in users
        if user.pk in paths
    ]


def _subject(user: User) -> Shown:
    return {"id": user.pk, "username": user.username, "kind": user.kind}


def _given(entitlement: Entitlement, grant: Grant, *, names: Mapping[UUID, str]) -> Shown:
    origin = entitlement.origin
    path = origin.role_path if origin else (grant.role_key,)
    return _of_grant(grant, names) | {"role_path": path, "scope": entitlement.scope}


def _of_grant(grant: Grant, names: Mapping[UUID, str]) -> Shown:
    giver = grant.delegated_by
    return {
        "grant": grant.id,
        "role": grant.role_key,
        "team_path": grant.team_path,
        "limits": {
            "projects": _sorted(grant.limits.projects),
            "environments": _sorted(grant.limits.environments),
            "names": {
                str(each): names[each]
                for kind in grant.limits.limitable_by
                for each in grant.limits.of(kind) or ()
                if each in names
            },
        },
        "starts_at": grant.period.starts_at,
        "expires_at": grant.period.expires_at,
        "delegated_by": giver and {"id": giver, "username": names.get(giver, "")},
    }


def _sorted(ids: frozenset[UUID] | None) -> list[UUID] | None:
    return None if ids is None else sorted(ids)


def _needed(option: Option) -> Shown:
    return {
        "role": option.role.key,
        "custom": option.role.is_custom,
        "scope": option.allowance.scope,
        "role_path": option.allowance.path,
        "sufficient": option.sufficient,
    }
