"""The open sessions of a tenant's people, over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django_filters import rest_framework as filters
from rest_framework import serializers

from iac_platform.gateway.actions import deletes, reads
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import User
from rbac.permissions import UPDATE_USER
from sso.sign_in.browsers import described
from sso.sign_in.models import Session
from sso.sign_in.services.sessions import revoke_session, revoke_sessions

if TYPE_CHECKING:
    from django.db.models import QuerySet


class SessionOutput(serializers.ModelSerializer[Session]):
    """A session; nothing of its secret."""

    user = serializers.UUIDField(source="user_id")
    device = serializers.SerializerMethodField(help_text="Such as `Firefox on Linux`.")

    class Meta:
        model = Session
        fields: ClassVar = [
            *("id", "user", "device", "address", "by_provider", "provider_id", "second_factor"),
            *("created_at", "last_seen_at", "expires_at"),
        ]

    def get_device(self, session: Session) -> str:
        """What the browser is, in a few words."""
        return described(session.user_agent)


class SessionFilter(filters.FilterSet):
    """Sessions of one user, or those that an identity provider opened."""

    user = filters.UUIDFilter(field_name="user_id")

    class Meta:
        model = Session
        fields: ClassVar = ["user", "by_provider", "provider_id"]


class SessionViewSet(ResourceViewSet[Session]):
    """The open sessions of a tenant's people, for whoever may end them."""

    model = Session
    output_serializer = SessionOutput
    filterset_class = SessionFilter
    list, retrieve = reads(UPDATE_USER)
    destroy = deletes(UPDATE_USER, revoke_session)

    def objects(self) -> QuerySet[Any]:
        """Those of people who have signed in, until they expire."""
        rows: QuerySet[Any] = super().objects()
        return rows.filter(user__isnull=False, expires_at__gt=timezone.now())


class UserSessionsViewSet(ResourceViewSet[User]):
    """All sessions of one of a tenant's people."""

    model = User
    destroy = deletes(UPDATE_USER, revoke_sessions, summary="End all sessions of a user.")
