"""In which tiers tests run, and who attacks whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tenants.models import Tier
from tests.sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Hashable

# One attacker in each tier; without it a test meets a victim in the attacker's own pool too.
an_attacker_in_each_tier = pytest.mark.parametrize(
    "rivals",
    [("acme", "umbrella"), ("umbrella", "acme")],
    ids=["standard", "enterprise"],
    indirect=True,
)

# Tenancy and services are tried in both tiers by all tests, and so is every operation of the API;
# and, wherever they stand, what two do at once, what is told apart, what is revoked, and sign-on at
# real identity providers.
_BOTH_TIERS = re.compile(
    r"^tests/tenants/|^tests/api/test_|/services/|isolation|concurren|at_once|races?\b|revok|stamps"
    r"|_at_simplesamlphp|_at_oidc_provider|browser/test_saml"
)
_AT_ENTERPRISE = (Tier.ENTERPRISE, "umbrella")
_NEIGHBOURS, _IN_TWO_TIERS = ("globex", "acme"), ("acme", "umbrella")


def in_few_tiers(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests without those that say again, in another tier, what others say."""
    return _few_pairs(_few_at_enterprise(items))


def _few_at_enterprise(items: list[pytest.Item]) -> list[pytest.Item]:
    names = {item.nodeid for item in items}
    there = [item for item in items if _is_at_enterprise(item) and _twin(item) in names]
    kept = _sampled(
        "tests at an enterprise tenant: one a module and what the test stands on"
        " (all at a standard one)",
        there,
        by=lambda item: (item.nodeid.partition("::")[0], frozenset(item.fixturenames)),
    )
    return _without(items, there, kept)


def _few_pairs(items: list[pytest.Item]) -> list[pytest.Item]:
    there = [
        item
        for item in items
        if _param(item, "rivals") in (_NEIGHBOURS, _IN_TWO_TIERS)
        and not re.search(r"^tests/tenants/|isolation", item.nodeid)
    ]
    kept = _sampled(
        "attacks of a standard tenant on an enterprise one: those that are tried on a neighbour"
        " in its pool",
        sorted(there, key=lambda item: _param(item, "rivals") != _NEIGHBOURS),
        by=lambda item: item.nodeid.replace("same-pool", "standard-attacks-enterprise"),
    )
    return _without(items, there, kept)


def _sampled(what: str, items: list[Any], *, by: Any) -> set[Hashable]:
    return set(sampled(what, items, by=by)) if items else set()


def _without(
    items: list[pytest.Item], some: list[pytest.Item], kept: set[Hashable]
) -> list[pytest.Item]:
    left_out = set(some) - kept
    return [item for item in items if item not in left_out]


def _is_at_enterprise(item: pytest.Item) -> bool:
    """Whether a test is the twin, at an enterprise tenant, of one at a standard tenant."""
    given = {name: _param(item, name) for name in ("tenant", "home", "tier")}
    in_both = _BOTH_TIERS.search(item.nodeid) is not None
    return not in_both and any(value in _AT_ENTERPRISE for value in given.values())


def _twin(item: pytest.Item) -> str:
    """The same test at a standard tenant, if there is one."""
    return item.nodeid.replace(Tier.ENTERPRISE, Tier.STANDARD)


def _param(item: pytest.Item, name: str) -> Any:
    """What a test is given for a parameter; None without one."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get(name) if callspec else None
