"""The options of ``migrate_schemas``, declared and read."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tenants.database.session import PUBLIC_SCHEMA
from tenants.fleet.retrying import LOCK_TIMEOUT, RETRIES, RetryPolicy
from tenants.models import PLATFORM_SLUG

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """What is migrated, and how.

    Attributes:
        shared: whether ``public`` is meant.
        tenant: whether placements are.
        only: the one schema that is meant; empty for all.
        workers: connections that work at once.
        canary: the schema that goes first, after the template.
        retry_policy: with locks.
        acknowledged: unsafe migrations that are applied nevertheless, as ``app.name``.
        dry_run: show the SQL, and change nothing.
        quiet: show nothing but failures.
    """

    shared: bool
    tenant: bool
    only: str
    workers: int
    canary: str
    retry_policy: RetryPolicy
    acknowledged: Sequence[str]
    dry_run: bool
    quiet: bool

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Read what was parsed; without a schema and a kind of them, both kinds are meant."""
        only = options["schema_name"] or ""
        shared = bool(options["shared"] or only == PUBLIC_SCHEMA)
        tenant = bool(options["tenant"] or (only and only != PUBLIC_SCHEMA))
        return cls(
            shared=shared or not tenant,
            tenant=tenant or not shared,
            only=only,
            workers=options["workers"],
            canary=options["canary"],
            retry_policy=RetryPolicy(options["lock_timeout"], options["retries"]),
            acknowledged=options["acknowledge"],
            dry_run=options["dry_run"],
            quiet=options["verbosity"] == 0,
        )


def add_fleet_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare them, beside those of django-tenants."""
    group = parser.add_argument_group("the fleet")
    group.add_argument("--workers", type=_positive, default=2, help="connections that work at once")
    group.add_argument(
        "--canary",
        default=PLATFORM_SLUG,
        metavar="SCHEMA",
        help="goes first, after the template; if it fails nobody else is touched",
    )
    group.add_argument(
        "--lock-timeout",
        type=_seconds,
        default=LOCK_TIMEOUT,
        metavar="SECONDS",
        help="how long a statement may wait for a lock, and hold up requests behind it",
    )
    group.add_argument(
        "--retries",
        type=_natural,
        default=RETRIES,
        help="attempts after a lock time-out, deadlock or serialization failure",
    )
    group.add_argument(
        "--acknowledge",
        action="append",
        default=[],
        metavar="APP.NAME",
        help="apply this migration although it is unsafe for the running release; repeatable",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="print the SQL of each plan, change nothing"
    )
    group.add_argument("--status", action="store_true", help="show the last run, and end")
    group.add_argument("--json", action="store_true", help="with --status: as JSON")


def _positive(text: str) -> int:
    return _at_least(1, int(text))


def _natural(text: str) -> int:
    return _at_least(0, int(text))


def _at_least(least: int, number: int) -> int:
    if number < least:
        raise argparse.ArgumentTypeError(f"must be at least {least}")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if seconds <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds
