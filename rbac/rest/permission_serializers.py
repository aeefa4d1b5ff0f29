"""The shape in which permissions travel."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers


class PermissionOutput(serializers.Serializer[Any]):
    """A permission that a role can allow."""

    name = serializers.CharField(help_text="What roles call it: resource.action.")
    resource = serializers.CharField()
    action = serializers.CharField()
    description = serializers.CharField()
    scopes = serializers.ListField(
        child=serializers.CharField(),
        help_text="In which it can be held, the narrowest first: own, team, tenant, global.",
    )
    limitable_by = serializers.ListField(
        child=serializers.CharField(),
        help_text="What a grant of it can be limited to some of: project, environment.",
    )
    unlimited_scope = serializers.CharField(
        allow_null=True,
        help_text="What a limited grant gives where objects lie in nothing it is limited to.",
    )
    delegable = serializers.BooleanField(help_text="Whether a holder may pass it on.")
    four_eyes = serializers.BooleanField(help_text="It is never held on one's own objects.")
    step_up = serializers.BooleanField(
        help_text="In a browser's session it needs a recent authentication."
    )


@extend_schema_serializer(many=False)
class PermissionPage(serializers.Serializer[Any]):
    """All of them."""

    next = serializers.URLField(allow_null=True, help_text="Always null.")
    previous = serializers.URLField(allow_null=True, help_text="Always null.")
    results = PermissionOutput(many=True)
