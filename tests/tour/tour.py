"""The whole tour, with the surroundings that it needs."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from django.db import close_old_connections
from django.test import override_settings

from tenants.models import Tier
from tests.api.limits import NO_RATE_LIMITS
from tests.api.zone import PUBLISHED
from tests.internet import internet_at_hand
from tests.tenants.domains.dns_server import DnsServer
from tests.tenants.statements import recorded
from tests.throwaway import ThrowawayTenants
from tests.tour import chapters
from tests.tour.journey import Journey, staff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tenants.models import Tenant


@contextmanager
def surroundings(folder: Path) -> Iterator[None]:
    """Files in a folder of their own, servers of our own for what is looked up, no rate limits."""
    with ExitStack() as stack:
        server = stack.enter_context(DnsServer(PUBLISHED))
        stack.enter_context(internet_at_hand())
        stack.enter_context(
            override_settings(
                DNS_NAMESERVERS=[server.address], FILES_ROOT=str(folder), **NO_RATE_LIMITS
            )
        )
        yield


def take(
    folder: Path,
    *,
    say: Callable[[str], None] = lambda _line: None,
    prepare: Callable[[], None] = lambda: None,
) -> Journey:
    """Make a tenant of each tier, visit every chapter, and remove what was made.

    Args:
        folder: for archives and files.
        say: receives a line for each chapter.
        prepare: called when the tenants stand, before they are used.
    """
    with surroundings(folder), ThrowawayTenants() as tenants, staff() as client:
        journey = Journey(client, tenants, folder, say)
        made = {tier: tenants(tier) for tier in (Tier.STANDARD, Tier.ENTERPRISE)}
        prepare()
        with recorded() as journey.statements:
            _visit(journey, made)
        return journey


def _visit(journey: Journey, made: Mapping[Tier, Tenant]) -> None:
    for name, of_operator in chapters.OF_THE_OPERATOR.items():
        with _told(journey, name):
            of_operator(journey)
    for name, of_tenant in chapters.OF_A_TENANT.items():
        for tier, tenant in made.items():
            with _told(journey, f"{name}, {tier}"):
                of_tenant(journey, tenant)


@contextmanager
def _told(journey: Journey, name: str) -> Iterator[None]:
    """Say how long a chapter took and what was wrong; the tour goes on after an error."""
    began, known, answered = time.monotonic(), len(journey.faults), journey.answered.total()
    try:
        yield
    except Exception as error:  # noqa: BLE001  # of any kind: it is what the tour looks for
        journey.faults.append(f"{name}: {type(error).__name__}: {error}")
        close_old_connections()
    count = journey.answered.total() - answered
    journey.say(f"{name}: {count} requests in {time.monotonic() - began:.1f} s")
    for fault in journey.faults[known:]:
        journey.say(f"  WRONG: {fault}")
