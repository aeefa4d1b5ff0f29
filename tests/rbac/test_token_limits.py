"""Scopes and networks: what they leave, and which of them leave more than others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iac_platform.common.permissions import declared
from rbac.errors import InvalidToken
from rbac.token_limits import MOST_NETWORKS, TokenLimits, checked_networks, checked_scopes

NAMES = [permission.name for permission in declared()]
SOON = datetime(2030, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
scopes = st.sampled_from(
    [
        *NAMES,
        *(f"{permission.resource}.*" for permission in declared()),
        *(f"*.{permission.action}" for permission in declared()),
    ]
)
some_scopes = st.none() | st.lists(scopes, min_size=1, max_size=4).map(tuple)
networks = st.builds(
    lambda address, prefix: str(ip_network((address, prefix), strict=False)),
    st.sampled_from(["10.0.0.0", "10.128.0.0", "10.0.0.1", "192.0.2.7"]),
    st.sampled_from([8, 9, 24, 32]),
)
some_networks = st.none() | st.lists(networks, min_size=1, max_size=3).map(tuple)
addresses = st.sampled_from(["10.0.0.0", "10.0.0.1", "10.127.0.1", "10.200.0.1", "192.0.2.7"])
ends = st.none() | st.sampled_from([SOON, SOON + timedelta(seconds=1)])
limits = st.builds(TokenLimits, some_scopes, some_networks, ends)


@given(limits, limits, st.sampled_from(NAMES), addresses)
def test_what_is_not_beyond_others_leaves_nothing_that_they_do_not(
    inner: TokenLimits, outer: TokenLimits, name: str, address: str
) -> None:
    if not inner.beyond(outer):
        assert not inner.allow(name) or outer.allow(name)
        assert not inner.admit(address) or outer.admit(address)
        assert outer.expires_at is None or (inner.expires_at or NEVER) <= outer.expires_at
    assert not inner.beyond(inner)
    assert not inner.beyond(TokenLimits())


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        (None, ("blueprint.*",)),
        (("blueprint.*",), ("blueprint.view",)),
        (("*.view",), ("blueprint.view", "project.view")),
        # All actions of today, and not those of the next release.
        (("blueprint.*",), tuple(name for name in NAMES if name.startswith("blueprint."))),
    ],
)
def test_scopes_beyond_others_are_noticed(
    inner: tuple[str, ...] | None, outer: tuple[str, ...]
) -> None:
    assert TokenLimits(scopes=inner).beyond(TokenLimits(scopes=outer))
    assert not TokenLimits(scopes=outer).beyond(TokenLimits(scopes=inner))
    assert TokenLimits(scopes=("*.view",)).beyond(TokenLimits(scopes=("blueprint.*",)))


@pytest.mark.parametrize(
    ("network", "address", "admitted"),
    [
        ("192.0.2.0/24", "192.0.2.255", True),
        ("192.0.2.0/24", "192.0.3.0", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.0/24", "::ffff:192.0.2.9", True),
        ("::ffff:192.0.2.0/120", "192.0.2.9", True),
        ("::ffff:192.0.2.0/120", "192.0.3.9", False),
        ("0.0.0.0/0", "2001:db8::1", False),
        ("0.0.0.0/0", "::ffff:192.0.2.9", True),
        ("::/0", "2001:db8::1", True),
        ("::/0", "192.0.2.9", False),
        ("::/0", "::ffff:192.0.2.9", False),
        ("2001:db8::/32", "2001:db8:ffff::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("fe80::/64", "fe80::1%eth0", True),
    ],
)
def test_an_address_lies_in_a_network_in_either_notation(
    network: str, address: str, admitted: bool
) -> None:
    checked = checked_networks([network])
    assert checked is not None
    assert TokenLimits(networks=tuple(checked)).admit(address) is admitted


def test_an_unknown_address_is_in_no_network() -> None:
    assert not TokenLimits(networks=("0.0.0.0/0", "::/0")).admit(None)
    assert TokenLimits().admit(None)


def test_two_halves_are_as_wide_as_the_whole() -> None:
    halves = TokenLimits(networks=("10.0.0.0/9", "10.128.0.0/9"))
    assert not TokenLimits(networks=("10.0.0.0/8",)).beyond(halves)
    assert TokenLimits(networks=("10.0.0.0/7",)).beyond(halves)
    assert TokenLimits(networks=("2001:db8::/32",)).beyond(halves)


@pytest.mark.parametrize(
    "text",
    ["", "x", "10.0.0.0/33", "10.0.0.1/8", "2001:db8::1/32", "fe80::1%eth0/64", "10.0.0.0/8 x"],
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken, match="networks"):
        checked_networks([text])


def test_networks_are_kept_in_one_form_and_not_too_many() -> None:
    assert checked_networks([" 10.0.0.0/8 ", "10.0.0.0/255.0.0.0", "::ffff:10.0.0.0/104"]) == [
        "10.0.0.0/8"
    ]
    many = [f"10.0.{number}.0/24" for number in range(MOST_NETWORKS + 1)]
    assert checked_networks(many[1:]) == many[1:]
    for wrong in (many, []):
        with pytest.raises(InvalidToken, match="networks: Name 1 to 20"):
            checked_networks(wrong)
    assert checked_networks(None) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "*.*",
        "blueprint",
        "blueprint.fly",
        "x.*",
        "*.fly",
        "blueprint.vie?",
        "blueprint.v*",
        "blueprint.view.",
        " blueprint.view",
        "blueprint.[a-z]*",
        "Blueprint.view",
        "a.b.c",
    ],
)
def test_a_scope_that_names_no_permission_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken, match="scopes"):
        checked_scopes(["blueprint.view", text])


def test_scopes_are_kept_sorted_and_once() -> None:
    assert checked_scopes(["project.*", "*.view", "project.*"]) == ["*.view", "project.*"]
    assert checked_scopes(None) is None
    with pytest.raises(InvalidToken, match="scopes: Name 1 to 50"):
        checked_scopes([])


@given(st.ip_addresses())
def test_every_address_is_judged_without_an_error(address: object) -> None:
    inside = TokenLimits(networks=(f"{ip_address(str(address))}",))
    checked = checked_networks(inside.networks)
    assert checked is not None
    assert TokenLimits(networks=tuple(checked)).admit(str(address))
