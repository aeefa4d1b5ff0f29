"""When what somebody may do changes by itself, because its time is over or has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from rbac.models import User


def access_changes_at(user: User, since: datetime) -> datetime | None:
    """The first moment after another at which a user's rights become others by themselves.

    Of the operator's staff it is that other: their access lasts for a while and is looked at each
    time.
    """
    if user.is_support:
        return since
    return min((moment for moment in _moments(user) if moment > since), default=None)


def _moments(user: User) -> Iterator[datetime]:
    if user.through is not None and user.through.expires_at is not None:
        yield user.through.expires_at
    periods = {grant.period for grant in user.access.grants}
    periods |= {path.period for paths in user.access.entitlements.values() for path in paths}
    for period in periods:
        yield from (each for each in (period.starts_at, period.expires_at) if each is not None)
