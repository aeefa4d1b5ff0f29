from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests import sampling
from tests.tiers import in_few_tiers

SSO = "tests/sso/test_x.py"
PAIRS = {
    "same-pool": ("globex", "acme"),
    "standard-attacks-enterprise": ("acme", "umbrella"),
    "enterprise-attacks-standard": ("umbrella", "acme"),
}


@pytest.fixture(autouse=True)
def _sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "FULL", False)
    monkeypatch.setattr(sampling, "_left_out", {})


def item(nodeid: str, *fixtures: str, **params: Any) -> Any:
    """What pytest collects."""
    names = [*fixtures, *params]
    return Collected(nodeid=nodeid, fixturenames=names, callspec=SimpleNamespace(params=params))


class Collected(SimpleNamespace):
    def __hash__(self) -> int:  # type: ignore[override]  # items are found in sets
        return hash(self.nodeid)


def in_both_tiers(module: str, name: str, *fixtures: str) -> list[Any]:
    return [
        item(f"{module}::{name}[{tier}]", *fixtures, tenant=slug)
        for tier, slug in (("standard", "acme"), ("enterprise", "umbrella"))
    ]


def kept(*items: Any) -> list[str]:
    return [each.nodeid.partition("::")[2] for each in in_few_tiers(list(items))]


def test_one_test_of_each_set_of_fixtures_is_at_an_enterprise_tenant() -> None:
    names = kept(
        *in_both_tiers(SSO, "one"), *in_both_tiers(SSO, "two"), *in_both_tiers(SSO, "three", "api")
    )
    assert names == [
        *("one[standard]", "one[enterprise]", "two[standard]"),
        *("three[standard]", "three[enterprise]"),
    ]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("tests/blueprints/catalog/rest/test_concurrency.py", "one"),
        ("tests/sso/saml/test_x.py", "two_at_once"),
        ("tests/rbac/test_x.py", "a_revoked_token"),
    ],
)
def test_races_and_revocations_are_tried_in_both_tiers(module: str, name: str) -> None:
    both = [*in_both_tiers(module, name), *in_both_tiers(module, f"{name}_again")]
    assert len(kept(*both)) == 4


def test_what_has_no_twin_and_what_is_about_tenancy_is_all_tried() -> None:
    alone = [item(f"{SSO}::{name}[enterprise]", tenant="umbrella") for name in ("one", "two")]
    assert len(kept(*alone)) == 2
    module = "tests/tenants/database/test_x.py"
    assert len(kept(*in_both_tiers(module, "one"), *in_both_tiers(module, "two"))) == 4


def test_who_attacks_a_neighbour_need_not_attack_the_other_tier() -> None:
    attacks = [item(f"{SSO}::one[{name}]", rivals=pair) for name, pair in PAIRS.items()]
    assert kept(*attacks) == ["one[same-pool]", "one[enterprise-attacks-standard]"]
    assert kept(*attacks[1:]) == [
        "one[standard-attacks-enterprise]",
        "one[enterprise-attacks-standard]",
    ]


def test_a_full_run_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "FULL", True)
    assert len(kept(*in_both_tiers(SSO, "one"), *in_both_tiers(SSO, "two"))) == 4
