"""The calendar of quotas that start anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tenants.quotas.registry import Kind

if TYPE_CHECKING:
    from tenants.quotas.registry import Quota

_DECEMBER = 12


def period_of(quota: Quota, moment: datetime) -> str:
    """Which counter of a quota a moment belongs to: its month in UTC, or the only one."""
    return f"{moment.astimezone(UTC):%Y-%m}" if quota.kind is Kind.MONTHLY else ""


def next_month(moment: datetime) -> datetime:
    """When the month after a moment's begins, in UTC."""
    now = moment.astimezone(UTC)
    year, month = (now.year + 1, 1) if now.month == _DECEMBER else (now.year, now.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)
