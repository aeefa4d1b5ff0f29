"""What the list of grants can be narrowed to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

SOON = timedelta(days=14)


class _Conditions(admin.SimpleListFilter):
    """A filter whose choices are conditions."""

    def conditions(self) -> dict[str, tuple[str, Q]]:
        """Title and condition by value."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002  # Django's signature
        """The choices."""
        return [(value, title) for value, (title, _) in self.conditions().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        """The rows of the chosen one.

        Raises:
            IncorrectLookupParameters: there is no such choice.
        """
        if self.value() is None:
            return queryset
        chosen = self.conditions().get(str(self.value()))
        if chosen is None:
            raise IncorrectLookupParameters
        return queryset.filter(chosen[1])


class HolderFilter(_Conditions):
    """Grants to users, to teams, or (``user:<id>``, ``team:<id>``) to one of them."""

    title = "to whom"
    parameter_name = "holder"

    def conditions(self) -> dict[str, tuple[str, Q]]:
        """Users, teams, and the one that the address names."""
        found = {
            "users": ("users", Q(user__isnull=False)),
            "teams": ("teams", Q(team__isnull=False)),
        }
        kind, _, text = str(self.value()).partition(":")
        pk = _uuid(text)
        if kind in {"user", "team"} and pk is not None:
            found[str(self.value())] = (f"this {kind}", Q(**{f"{kind}_id": pk}))
        return found


class LimitsFilter(_Conditions):
    """Grants that reach only some projects or environments."""

    title = "limits"
    parameter_name = "limited"

    def conditions(self) -> dict[str, tuple[str, Q]]:
        """Limited and not."""
        free = Q(projects=None, environments=None)
        return {"yes": ("limited", ~free), "no": ("not limited", free)}


class EndFilter(_Conditions):
    """Grants by their end."""

    title = "end"
    parameter_name = "ends"

    def conditions(self) -> dict[str, tuple[str, Q]]:
        """Ended, ending soon, ending at all, without an end."""
        now = timezone.now()
        return {
            "soon": (
                f"ends within {SOON.days} days",
                Q(expires_at__gt=now, expires_at__lte=now + SOON),
            ),
            "later": ("ends later", Q(expires_at__gt=now + SOON)),
            "never": ("has no end", Q(expires_at=None)),
            "ended": ("has ended", Q(expires_at__lte=now)),
        }


class DelegatedFilter(_Conditions):
    """Grants that somebody passed on."""

    title = "passed on"
    parameter_name = "delegated"

    def conditions(self) -> dict[str, tuple[str, Q]]:
        """Passed on and granted."""
        return {
            "yes": ("passed on", Q(delegated_by__isnull=False)),
            "no": ("granted", Q(delegated_by=None)),
        }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
