"""What lists of people, tokens and audit entries can be narrowed by.

Only comparisons that PostgreSQL can answer from an index under row-level security:
``LIKE`` and its kin are not leakproof, equality and ranges are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Q
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField

from rbac.models import ApiToken, AuditEntry, RoleGrant, User
from rbac.selectors import granted_role

if TYPE_CHECKING:
    from django.db.models import QuerySet


class InstantField(IsoDateTimeField):
    """A point in time, in UTC: PostgreSQL refuses offsets that ISO 8601 allows."""

    def to_python(self, value: Any) -> datetime | None:
        """Read it.

        Raises:
            ValidationError: it is no date and time, or one outside of the calendar.
        """
        instant: datetime | None = super().to_python(value)
        try:
            return instant.astimezone(UTC) if instant else None
        except OverflowError:
            raise ValidationError("Enter a date in the years 1 to 9999.", "invalid") from None


class InstantFilter(filters.IsoDateTimeFilter):
    """Compares with a point in time."""

    field_class = InstantField


class UserFilter(filters.FilterSet):
    """Users by name in any case, by address, by role, or by whether they are active."""

    username = filters.CharFilter(method="with_name", help_text="In any case.")
    role = filters.CharFilter(method="with_role", help_text="A role's key.")

    class Meta:
        model = User
        fields: ClassVar = ["username", "email", "is_active", "role"]

    def with_name(self, users: Any, name: str, value: str) -> Any:
        """The one who signs in so."""
        del name
        return users.filter(pk__in=User.objects.named(value).values("pk")[:1])

    def with_role(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Those to whom the role is granted."""
        del name
        return granted_role(users, value)


class GrantFilter(filters.FilterSet):
    """Grants by the user or the team that has them, or by the role's key."""

    role = filters.CharFilter(field_name="role__key")
    user = filters.UUIDFilter(field_name="user_id")
    team = filters.UUIDFilter(field_name="team_id")

    class Meta:
        model = RoleGrant
        fields: ClassVar = ["role", "user", "team"]


class TokenFilter(filters.FilterSet):
    """Tokens by their owner's name in any case, or by whether they were revoked."""

    user = filters.CharFilter(method="of_user", help_text="Their name, in any case.")
    revoked = filters.BooleanFilter(field_name="revoked_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = ApiToken
        fields: ClassVar = ["user", "revoked"]

    def of_user(self, tokens: Any, _name: str, value: str) -> Any:
        """Those that act as the user of this name."""
        return tokens.filter(user__in=User.objects.named(value).values("pk")[:1])


class ServiceAccountFilter(filters.FilterSet):
    """Service accounts by name, by whether they are active, or have nobody to answer."""

    username = filters.CharFilter(method="with_name", help_text="In any case.")
    orphaned = filters.BooleanFilter(
        method="without_owner", help_text="Whether no active person answers for it."
    )

    class Meta:
        model = User
        fields: ClassVar = ["username", "is_active"]

    def with_name(self, accounts: Any, _name: str, value: str) -> Any:
        """The one of this name."""
        return accounts.filter(pk__in=User.objects.named(value).values("pk")[:1])

    def without_owner(self, accounts: Any, _name: str, wanted: bool) -> Any:
        """Those without an active owner, or those with one."""
        owned = Q(owner__is_active=True)
        return accounts.filter(Q(owner=None) | ~owned) if wanted else accounts.filter(owned)


class AuditFilter(filters.FilterSet):
    """Audit entries by what was done, by whom, to what, and when."""

    since = InstantFilter(field_name="created_at", lookup_expr="gte")
    until = InstantFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = AuditEntry
        fields: ClassVar = [
            "action",
            "actor_id",
            "subject_type",
            "subject_id",
            "request_id",
            "since",
            "until",
        ]
