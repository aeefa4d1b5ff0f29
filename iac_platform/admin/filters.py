"""Filters of lists."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.admin import DateFieldListFilter, FieldListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import DateTimeField
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class MomentFilter(DateFieldListFilter):
    """Django's filter of moments (today, this month …), for which any text is a value.

    Django hands what the address says to the database as it is. Here a moment without a
    zone is one of the site's, and what is no moment is refused.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """The rows of the chosen time.

        Raises:
            IncorrectLookupParameters: an end of it is no moment.
        """
        for name in (self.lookup_kwarg_since, self.lookup_kwarg_until):
            values: Any = self.used_parameters.get(name, ())
            if values:
                self.used_parameters[name] = [_moment(str(value)) for value in values]
        return super().queryset(request, queryset)


def use_moment_filters() -> None:
    """Filter every list that narrows by a moment with ``MomentFilter``."""
    FieldListFilter.register(
        lambda field: isinstance(field, DateTimeField), MomentFilter, take_priority=True
    )


class DayRangeFilter(RangeDateFilter):  # type: ignore[misc]  # unfold is published without types
    """Moments from the start of one day to the end of another, in the site's time zone."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        """The rows in the range.

        Raises:
            IncorrectLookupParameters: one of its ends is no date, or has no day after it.
        """
        first, last = self._midnight("from"), self._midnight("to", days=1)
        if first is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": first})
        if last is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": last})
        return queryset

    def _midnight(self, end: str, *, days: int = 0) -> datetime | None:
        text = self.used_parameters.get(f"{self.parameter_name}_{end}")
        if text is None:
            return None
        day = parse_date_str(str(text))
        if day is None:
            raise IncorrectLookupParameters
        try:
            return timezone.make_aware(datetime.combine(day, time.min)) + timedelta(days=days)
        except OverflowError as error:
            raise IncorrectLookupParameters from error


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text) or datetime.combine(date.fromisoformat(text), time.min)
        aware = found if timezone.is_aware(found) else timezone.make_aware(found)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise IncorrectLookupParameters from error
