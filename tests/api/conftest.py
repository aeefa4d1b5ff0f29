from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.attacks import Attack, Side
from tests.api.limits import no_rate_limits
from tests.api.people import People
from tests.api.zone import PUBLISHED
from tests.snapshots import fingerprint
from tests.tenants.domains.dns_server import DnsServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.conftest import Rivals

__all__ = ["no_rate_limits"]


@pytest.fixture(autouse=True, scope="session")
def _name_server() -> Iterator[DnsServer]:
    """DNS as the samples publish in it."""
    with DnsServer(PUBLISHED) as server:
        yield server


@pytest.fixture(autouse=True)
def _ask_the_name_server(_name_server: DnsServer, settings: Settings) -> None:
    settings.DNS_NAMESERVERS = [_name_server.address]


@pytest.fixture
def attack(rivals: Rivals, operator: Tenant) -> Iterator[Attack]:
    """Both rivals with an fixture each; afterwards the victim's rows must be as they were."""
    operators = People(operator)
    operators.client("operator")
    attack = Attack(Side.of(rivals.attacker, operators), Side.of(rivals.victim, operators))
    attack.attacker.people.client("admin")
    attack.victim.people.client("admin")
    before = fingerprint(rivals.victim)
    yield attack
    assert fingerprint(rivals.victim) == before
