"""How often a secret may be tried: counted before it costs anything.

A try is counted for the account *and* the network that it comes from, for the network over
all accounts of the tenant, and for the network over all tenants. What others try from
elsewhere counts for nobody else, so nobody can lock an account's owner out; and whoever tries
many names meets the limit of their network before a password is hashed. A try that succeeds
is taken back, and counted by account alone: checking a right password costs as much as a
wrong one, and only whoever knows it can use these up. A browser that its owner has signed in
from before has counters of its own.

Without Redis each process counts for itself: the limits hold, times the number of processes.
docs/sign-in.md says why the figures are what they are.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from iac_platform.cache import CacheUnavailable, ledger, shared_ledger
from iac_platform.common.errors import DomainError, ErrorKind
from iac_platform.gateway.client_address import client_address
from rbac.password_hashing import PasswordsBusy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.http import HttpRequest

WINDOW_SECONDS = 300
# At one account: from one network, or from one browser that its owner has used.
TRIES_AT_ACCOUNT = 20
# From one network at all accounts of a tenant: an office behind one address has many people.
TRIES_FROM_NETWORK = 100
# From one network at all tenants together; of IPv6 from one site.
TRIES_FROM_SITE = 500
# Right ones at one account, from anywhere: no person signs in so often, and no device is exempt.
SUCCESSES_AT_ACCOUNT = 60
# Whoever rents a machine gets a /64 (RFC 6177), and often a /48 for the asking.
_NETWORK_BITS, _SITE_BITS = 64, 48
_UNKNOWN = "unknown"


class TooManyAttempts(DomainError):
    """There were too many tries; whether this one was right, nobody is told."""

    code = "too-many-attempts"
    title = "Too many attempts"
    kind = ErrorKind.EXHAUSTED

    def __init__(self, seconds: float) -> None:
        wait = max(1, round(seconds))
        minutes = max(1, round(seconds / 60))
        super().__init__(
            f"Try again in {minutes} minute{'s' if minutes > 1 else ''}.", retry_after=wait
        )


@dataclass(frozen=True, slots=True)
class _Counter:
    """One thing that tries are counted for; ``shared`` by all tenants, or the current one's."""

    key: str
    limit: int
    shared: bool = False

    def add(self, what: str, by: int = 1) -> float:
        """Count; the seconds to wait if that was one too many, else none."""
        kept = shared_ledger if self.shared else ledger
        steps = [(hashlib.sha256(self.key.encode()).hexdigest(), by, WINDOW_SECONDS)]
        try:
            (count,) = kept.count(what, steps)
        except CacheUnavailable:
            (count,) = kept.count_here(what, steps)
        return count.resets_in if count.value > self.limit else 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that was counted; ``successes`` is where it counts once it succeeds."""

    what: str
    counters: tuple[_Counter, ...]
    successes: _Counter | None = None

    def at(self, account_id: UUID, *, most: int | None = None) -> Attempt:
        """The same at an account that is there.

        Args:
            account_id: of a user, or of whoever else shows secrets of their own.
            most: how often a right one may be shown in a window; by default as often as a user's.

        Raises:
            TooManyAttempts: the right secret was shown too often; this try counts for nothing.
        """
        limit = SUCCESSES_AT_ACCOUNT if most is None else most
        successes = _Counter(f"succeeded:{account_id}", limit - 1)
        # Only looked at: what fails, from anywhere, must not lock the account's owner out.
        seconds = successes.add(self.what, 0)
        if seconds:
            self.take_back()
            raise TooManyAttempts(seconds)
        return replace(self, successes=successes)

    @contextmanager
    def being_made(self) -> Iterator[None]:
        """Make the try inside the block; it counts for nothing if there is no place for it."""
        try:
            yield
        except PasswordsBusy:
            self.take_back()
            raise

    def take_back(self) -> None:
        """Count it no longer: it was not made, or it succeeded and can never again."""
        for counter in self.counters:
            counter.add(self.what, -1)

    def succeed(self) -> None:
        """Count it as one that succeeded."""
        self.take_back()
        if self.successes is not None:
            self.successes.add(self.what)


def begin_attempt(
    what: str,
    request: HttpRequest,
    *,
    account: str = "",
    device: str = "",
    everywhere: int | None = None,
) -> Attempt:
    """Count one try in the current tenant, before anything is done for it.

    Args:
        what: the kind of secret that is tried, such as ``sign-in``.
        request: what it comes with.
        account: whose secret it is, in the one form in which names are compared; whether
            there is such an account makes no difference.
        device: which known browser of the account's owner it comes from, if from one.
        everywhere: how many may be wrong at the account from all networks together, and as many
            from all known browsers. Only for a secret that is tried by whoever knows another one
            already, as it keeps others out.

    Raises:
        TooManyAttempts: there were too many; this one counts for nothing.
    """
    counted: list[_Counter] = []
    for counter in _counters(request, account, device, everywhere):
        counted.append(counter)
        seconds = counter.add(what)
        if seconds:
            # What is refused here uses up nobody else's tries.
            Attempt(what, tuple(counted)).take_back()
            raise TooManyAttempts(seconds)
    return Attempt(what, tuple(counted))


def forget_attempt(what: str, request: HttpRequest) -> None:
    """Count a try of an earlier request no longer, since it has led to success by now."""
    Attempt(what, tuple(_counters(request, "", ""))).take_back()


def _counters(
    request: HttpRequest, account: str, device: str, everywhere: int | None = None
) -> list[_Counter]:
    if device:
        of_device = [_Counter(f"device:{device}:{account}", TRIES_AT_ACCOUNT)]
        if everywhere is not None:  # there may be many of them
            of_device.append(_Counter(f"everywhere-known:{account}", everywhere))
        return of_device
    network, site = networks_of(client_address(request))
    of_account = [_Counter(f"account:{network}:{account}", TRIES_AT_ACCOUNT)] if account else []
    if everywhere is not None:
        of_account.append(_Counter(f"everywhere:{account}", everywhere))
    return [
        *of_account,
        _Counter(f"network:{network}", TRIES_FROM_NETWORK),
        _Counter(f"site:{site}", TRIES_FROM_SITE, shared=True),
    ]


def networks_of(address: str | None) -> tuple[str, str]:
    """The network and the site that an address counts for: itself, or of IPv6 its /64 and /48.

    Where addresses are not known, all of them are one network.
    """
    if address is None:
        return _UNKNOWN, _UNKNOWN
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return _around(parsed, _NETWORK_BITS), _around(parsed, _SITE_BITS)
        parsed = parsed.ipv4_mapped
    return str(parsed), str(parsed)


def _around(address: IPv6Address, bits: int) -> str:
    return str(ip_network((address, bits), strict=False))


def may_show_leaks(tenant_id: UUID, request: HttpRequest) -> bool:
    """Count one token that somebody found, by tenant and network; whether that is within limits.

    No tenant's scope is entered for it: the tenant that a token names may not exist.
    """
    network, _ = networks_of(client_address(request))
    return not _Counter(f"{tenant_id}:{network}", TRIES_AT_ACCOUNT, shared=True).add("leaked-token")
