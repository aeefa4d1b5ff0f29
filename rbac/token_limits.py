"""What a token may be limited to: some permissions, some networks, and a time.

Each limit only takes away: a token does what its user may do *and* its limits allow. None
is no limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
)
from typing import TYPE_CHECKING

from iac_platform.common.permissions import declared
from rbac.errors import InvalidToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

MOST_SCOPES = 50
MOST_NETWORKS = 20
_ANY = "*"
# All of everything is written by leaving the scopes out.
_SCOPE = re.compile(r"(?!\*\.\*)(?:[a-z_]+|\*)\.(?:[a-z_]+|\*)")
# ::ffff:0:0/96, in which IPv6 writes the addresses of IPv4 (RFC 4291, section 2.5.5.2).
_MAPPED_BITS = 96
_Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """To what a token is limited.

    Attributes:
        scopes: names of permissions; ``blueprint.*`` and ``*.view`` stand for several.
        networks: from which it may be used, in CIDR notation.
        expires_at: from when on it is dead.
    """

    scopes: tuple[str, ...] | None = None
    networks: tuple[str, ...] | None = None
    expires_at: datetime | None = None

    def allow(self, name: str) -> bool:
        """Whether the scopes leave a permission."""
        return self.scopes is None or any(_matches(scope, name) for scope in self.scopes)

    def admit(self, address: str | None) -> bool:
        """Whether the token may be used from an address; from an unknown one only if from any."""
        if self.networks is None:
            return True
        if address is None:
            return False
        origin = _plain(ip_address(address))
        return any(origin in ip_network(network) for network in self.networks)

    def beyond(self, outer: TokenLimits) -> list[str]:
        """In which respects these limits leave more than others do, as sentences."""
        return [*self._scopes_beyond(outer), *self._networks_beyond(outer), *self._longer(outer)]

    def _scopes_beyond(self, outer: TokenLimits) -> Iterator[str]:
        if outer.scopes is None:
            return
        wider = [scope for scope in self.scopes or (_ANY,) if not outer.allow(scope)]
        if wider:
            yield f"Its scopes must lie within {', '.join(outer.scopes)}."

    def _networks_beyond(self, outer: TokenLimits) -> Iterator[str]:
        if outer.networks is None:
            return
        around = _collapsed(outer.networks)
        inner = [ip_network(each) for each in self.networks or ()]
        if not inner or not all(any(_lies_in(each, net) for net in around) for each in inner):
            yield f"Its networks must lie within {', '.join(outer.networks)}."

    def _longer(self, outer: TokenLimits) -> Iterator[str]:
        if outer.expires_at is not None and (
            self.expires_at is None or self.expires_at > outer.expires_at
        ):
            yield f"It must expire by {outer.expires_at:%Y-%m-%dT%H:%M:%SZ}."


def checked_scopes(scopes: Iterable[str] | None) -> list[str] | None:
    """Scopes that each leave some permission, sorted; None for all.

    Raises:
        InvalidToken: there is none, there are too many, or one names no permission.
    """
    if scopes is None:
        return None
    wanted = sorted(set(scopes))
    if not 1 <= len(wanted) <= MOST_SCOPES:
        raise InvalidToken.at("scopes", f"Name 1 to {MOST_SCOPES}, or leave them out for all.")
    names = [permission.name for permission in declared()]
    for scope in wanted:
        if not _SCOPE.fullmatch(scope) or not any(_matches(scope, name) for name in names):
            raise InvalidToken.at(
                "scopes",
                f"There is no permission {scope!r}. Write one's name, or resource.* or *.action.",
            )
    return wanted


def checked_networks(networks: Iterable[str] | None) -> list[str] | None:
    """Networks in the one form that is compared and shown; None for any.

    Raises:
        InvalidToken: there is none, there are too many, or one is none.
    """
    if networks is None:
        return None
    wanted = list(dict.fromkeys(str(_parsed(text)) for text in networks))
    if not 1 <= len(wanted) <= MOST_NETWORKS:
        raise InvalidToken.at("networks", f"Name 1 to {MOST_NETWORKS}, or leave them out for any.")
    return wanted


def _matches(scope: str, name: str) -> bool:
    """Whether a scope stands for a permission, or for all that another scope stands for."""
    outer, inner = scope.split("."), name.split(".")
    return len(inner) == len(outer) and all(
        mine in (_ANY, theirs) for mine, theirs in zip(outer, inner, strict=True)
    )


def _parsed(text: str) -> _Network:
    try:
        network = ip_network(text.strip())
    except ValueError as error:
        raise InvalidToken.at("networks", _what_is_wrong(text)) from error
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= _MAPPED_BITS:
        return IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


def _what_is_wrong(text: str) -> str:
    try:
        meant = ip_network(text.strip(), strict=False)
    except ValueError:
        return f"{text!r} is no network. Write it as 192.0.2.0/24 or 2001:db8::/32."
    return f"{text!r} has bits beyond its prefix. Did you mean {meant}?"


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    return getattr(address, "ipv4_mapped", None) or address


def _collapsed(networks: Sequence[str]) -> list[_Network]:
    """The fewest networks with the same addresses: two halves become a whole."""
    parsed = [ip_network(network) for network in networks]
    four = [network for network in parsed if isinstance(network, IPv4Network)]
    six = [network for network in parsed if isinstance(network, IPv6Network)]
    return [*collapse_addresses(four), *collapse_addresses(six)]


def _lies_in(inner: _Network, outer: _Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False
