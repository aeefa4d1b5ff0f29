"""Instants as SAML writes them, and how far clocks may differ."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from sso.federation.errors import quoted
from sso.saml.protocol.rules import Rule, SamlError

CLOCK_SKEW: Final = timedelta(seconds=60)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,12})?(?:Z|\+00:00)")


def instant(value: str | None, rule: Rule, name: str) -> datetime:
    """Read an instant in UTC (SAML core, section 1.3.3), to the second."""
    match = _INSTANT.fullmatch(value or "")
    if match is None:
        raise SamlError(rule, f"{name} is {quoted(value)}, not an instant in UTC.")
    try:
        return datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    except ValueError:
        raise SamlError(rule, f"{name} is {quoted(value)}, which is no date.") from None


def optional_instant(value: str | None, rule: Rule, name: str) -> datetime | None:
    """Read an instant that may be absent."""
    return None if value is None else instant(value, rule, name)


def written(moment: datetime) -> str:
    """An instant as messages carry it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_window(
    not_before: datetime | None, not_on_or_after: datetime | None, now: datetime, what: str
) -> None:
    """Refuse what is not valid yet or no longer, give or take the difference of clocks."""
    if not_before is not None and now < not_before - CLOCK_SKEW:
        raise SamlError(
            Rule.NOT_YET_VALID, f"{what} is valid from {written(not_before)}; it is {written(now)}."
        )
    if not_on_or_after is not None and now >= not_on_or_after + CLOCK_SKEW:
        raise SamlError(
            Rule.EXPIRED,
            f"{what} was valid until {written(not_on_or_after)}; it is {written(now)}.",
        )


def check_issued(issued: datetime, now: datetime, oldest: timedelta, what: str) -> None:
    """Refuse what was issued in the future or too long ago."""
    if not now - oldest - CLOCK_SKEW <= issued <= now + CLOCK_SKEW:
        raise SamlError(
            Rule.ISSUE_INSTANT, f"{what} was issued at {written(issued)}; it is {written(now)}."
        )
