"""How amounts and usage look to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.admin.display import DANGER, PLAIN, SUCCESS, WARNING, badge, moment, table

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from tenants.quotas.registry import Quota
    from tenants.quotas.selectors import QuotaUsage, UsageReport

UNLIMITED = "unlimited"
# From which share of its limit a quota is shown as nearly used up.
_NEARLY = 0.8
_STEP = 1024


def amount(quota: Quota, value: int | None, *, nothing: str = UNLIMITED) -> str:
    """So much of a quota, with ``nothing`` for None."""
    if value is None:
        return nothing
    return _size(value) if quota.unit == "bytes" else f"{value:,}"


def _size(value: int) -> str:
    size = float(value)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < _STEP:
            return f"{value:,} bytes" if unit == "bytes" else f"{size:,.1f} {unit}"
        size /= _STEP
    return f"{size:,.1f} TiB"


def usage_table(report: UsageReport) -> SafeString:
    """All quotas of a tenant, in a table."""
    headers = ["Quota", "Used", "Limit", "Left", "Resets at"]
    return table(headers, [_row(usage) for usage in report.quotas])


def _row(usage: QuotaUsage) -> tuple[object, ...]:
    quota = usage.quota
    limit = amount(quota, usage.limit)
    return (
        quota.title,
        badge(amount(quota, usage.used, nothing="not known"), _colour(usage)),
        f"{limit} (own)" if usage.overridden else limit,
        amount(quota, usage.remaining, nothing="-"),
        moment(usage.resets_at),
    )


def _colour(usage: QuotaUsage) -> str:
    if usage.limit is None or usage.used is None:
        return PLAIN
    if usage.used >= usage.limit:
        return DANGER
    return WARNING if usage.used >= _NEARLY * usage.limit else SUCCESS
