"""Filters of lists."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class DayRangeFilter(RangeDateFilter):  # type: ignore[misc]  # unfold is published without types
    """Moments from the start of one day to the end of another, in the site's time zone."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        """The rows in the range; what is no date filters nothing."""
        first, last = self._midnight("from"), self._midnight("to", days=1)
        if first is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": first})
        if last is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": last})
        return queryset

    def _midnight(self, end: str, *, days: int = 0) -> datetime | None:
        day = parse_date_str(str(self.used_parameters.get(f"{self.parameter_name}_{end}", "")))
        if day is None:
            return None
        try:
            return timezone.make_aware(datetime.combine(day, time.min)) + timedelta(days=days)
        except OverflowError:
            return None  # after the last day of the calendar nothing comes
