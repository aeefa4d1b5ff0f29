"""The name servers that the platform asks, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import dns.nameserver
import dns.resolver

if TYPE_CHECKING:
    from collections.abc import Sequence

# Larger answers are cut on the way and asked for again over TCP (https://dnsflagday.net/2020/).
_UDP_PAYLOAD: Final = 1232


def resolver(nameservers: Sequence[str], seconds: float) -> dns.resolver.Resolver:
    """Something to look names up with.

    Args:
        nameservers: ``address:port`` of each; none for those of the system.
        seconds: how long all attempts for one question may take together.
    """
    made = dns.resolver.Resolver(configure=not nameservers)
    if nameservers:
        made.nameservers = [_nameserver(each) for each in nameservers]
    made.lifetime = seconds
    made.timeout = seconds / 2  # for one attempt: a packet may get lost
    made.use_edns(0, 0, _UDP_PAYLOAD)
    return made


def _nameserver(text: str) -> dns.nameserver.Nameserver:
    address, _, port = text.rpartition(":")
    return dns.nameserver.Do53Nameserver(address.strip("[]"), int(port))
