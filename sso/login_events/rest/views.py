"""The login log over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django_filters import rest_framework as filters
from rest_framework import serializers

from iac_platform.gateway.actions import lists, retrieves
from iac_platform.gateway.viewsets import ResourceViewSet
from sso.login_events.models import LoginEvent
from sso.login_events.permissions import VIEW_LOGIN_EVENT

if TYPE_CHECKING:
    from django.db.models import QuerySet


class LoginEventSummary(serializers.ModelSerializer[LoginEvent]):
    """What came of a sign-on."""

    user = serializers.UUIDField(source="user_id", allow_null=True)

    class Meta:
        model = LoginEvent
        fields: ClassVar = [
            *("id", "provider_kind", "provider_id", "provider_name", "outcome", "code", "reason"),
            *("subject", "user", "address", "reference", "created_at"),
        ]


class LoginEventOutput(LoginEventSummary):
    """The same, with what the provider sent, and what a test found."""

    report = serializers.DictField(
        read_only=True, allow_null=True, help_text="What a sign-on would do; of tests only."
    )

    class Meta(LoginEventSummary.Meta):
        fields: ClassVar = [*LoginEventSummary.Meta.fields, "document", "report"]


class LoginEventFilter(filters.FilterSet):
    """Events by what came of them, the rule that was broken, the provider, or the reference."""

    class Meta:
        model = LoginEvent
        fields: ClassVar = ["outcome", "code", "provider_id", "reference"]


class LoginEventViewSet(ResourceViewSet[LoginEvent]):
    """What came of sign-ons through identity providers, newest first."""

    model = LoginEvent
    output_serializer = LoginEventOutput
    filterset_class = LoginEventFilter
    list = lists(
        VIEW_LOGIN_EVENT,
        output=LoginEventSummary,
        summary="What came of sign-ons, newest first, without what was sent.",
    )
    retrieve = retrieves(VIEW_LOGIN_EVENT)

    def objects(self) -> QuerySet[LoginEvent]:
        """All events; lists go without the documents, which may be large."""
        rows = super().objects()
        return rows.defer("document", "report") if self.action == "list" else rows
