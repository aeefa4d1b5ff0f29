"""How people sign in, over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from iac_platform.gateway.actions import allow
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.serializers import InputSerializer, ListField
from iac_platform.gateway.viewsets import ResourceViewSet
from sso.sign_in.models import (
    MAX_BREAK_GLASS,
    MAX_SESSION_HOURS,
    MIN_IDLE_MINUTES,
    SignInPolicy,
)
from sso.sign_in.permissions import UPDATE_SIGN_IN_POLICY, VIEW_SIGN_IN_POLICY
from sso.sign_in.selectors import sign_in_policy
from sso.sign_in.services.policies import NO_BREAK_GLASS, lacks_break_glass, set_sign_in_policy

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class SignInPolicyWarning(serializers.Serializer[Any]):
    """Something to fix."""

    code = serializers.CharField(help_text="`no-break-glass-account`.")
    detail = serializers.CharField()


class SignInPolicyOutput(serializers.ModelSerializer[SignInPolicy]):
    """How people sign in."""

    break_glass = serializers.ListField(child=serializers.UUIDField(), help_text="Ids of users.")
    warnings = serializers.SerializerMethodField()

    class Meta:
        model = SignInPolicy
        fields: ClassVar = [
            *("requires_sso", "break_glass", "requires_second_factor"),
            *("session_hours", "idle_minutes", "warnings", "revision"),
        ]

    @extend_schema_field(SignInPolicyWarning(many=True))
    def get_warnings(self, policy: SignInPolicy) -> list[dict[str, str]]:
        """What would lock everybody out."""
        if not lacks_break_glass(policy):
            return []
        return [{"code": "no-break-glass-account", "detail": NO_BREAK_GLASS}]


class SignInPolicyInput(InputSerializer):
    """How people shall sign in."""

    example: ClassVar = {
        "requires_sso": True,
        "break_glass": ["00000000-0000-4000-8000-000000000000"],
        "requires_second_factor": True,
        "session_hours": 8,
        "idle_minutes": 60,
    }
    requires_sso = serializers.BooleanField(
        help_text="Whether passwords are taken of break-glass accounts alone."
    )
    break_glass = ListField(
        child=serializers.UUIDField(),
        max_length=MAX_BREAK_GLASS,
        help_text="Ids of users. One of them at least is an active admin with a password.",
    )
    requires_second_factor = serializers.BooleanField(
        required=False, help_text="Whether a password alone signs nobody in. Left out, it stays."
    )
    session_hours = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_SESSION_HOURS,
        help_text="After how many hours people sign in again. Left out, it stays.",
    )
    idle_minutes = serializers.IntegerField(
        required=False,
        min_value=MIN_IDLE_MINUTES,
        max_value=MAX_SESSION_HOURS * 60,
        help_text="After how many minutes without use a session ends. Left out, it stays.",
    )


class SignInPolicyViewSet(ResourceViewSet[SignInPolicy]):
    """How people sign in."""

    model = SignInPolicy
    output_serializer = SignInPolicyOutput
    requires_if_match = True  # there is one row for everybody

    @allow(VIEW_SIGN_IN_POLICY, schema={"operation_id": "sign_in_policy_show"})
    def show(self, _: Request) -> Response:
        """How people sign in."""
        return self.present(sign_in_policy())

    @allow(UPDATE_SIGN_IN_POLICY, body=SignInPolicyInput)
    def update(self, request: Request) -> Response:
        """Choose how people sign in; sessions by passwords that are not taken any more end."""
        seen = sign_in_policy()
        self.require_seen(seen)
        chosen = self.parse(SignInPolicyInput)
        revision = self.seen_revision(seen)
        return self.present(
            set_sign_in_policy(**chosen, actor=actor_of(request), revision=revision)
        )
