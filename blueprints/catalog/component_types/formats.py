"""Formats that component properties use and a regular expression cannot decide."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from jsonschema import FormatChecker

if TYPE_CHECKING:
    from collections.abc import Callable

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_LONGEST_DOMAIN = 253
_FEWEST_LABELS = 2
#: The block of all IPv4 addresses.
ANYWHERE = "0.0.0.0/0"

#: Knows only the formats below: JSON Schema's own ones stay annotations.
CHECKER = FormatChecker(formats=())


@CHECKER.checks("ipv4-cidr", raises=ValueError)
def is_ipv4_block(value: object) -> bool:
    """Whether a string is an IPv4 block; the error says why not, and what was meant."""
    return not isinstance(value, str) or _is_block(value, ipaddress.IPv4Network)


@CHECKER.checks("cidr", raises=ValueError)
def is_block(value: object) -> bool:
    """Whether a string is an IPv4 or IPv6 block."""
    kind = ipaddress.IPv6Network if ":" in str(value) else ipaddress.IPv4Network
    return not isinstance(value, str) or _is_block(value, kind)


Block = ipaddress.IPv4Network | ipaddress.IPv6Network


def _is_block(value: str, kind: Callable[..., Block]) -> bool:
    block = kind(value, strict=False)
    address = ipaddress.ip_address(value.partition("/")[0])
    if address != block.network_address:
        raise ValueError(f"{value} starts within a block; the block itself is {block}")
    return True


@CHECKER.checks("domain")
def is_domain(value: object) -> bool:
    """Whether a string is a DNS domain of at least two labels, in lower case, without final dot.

    Labels are those of RFC 1123 section 2.1, lengths those of RFC 1035 section 2.3.4.
    """
    if not isinstance(value, str):
        return True
    labels = value.split(".")
    return (
        len(value) <= _LONGEST_DOMAIN
        and len(labels) >= _FEWEST_LABELS
        and all(_LABEL.match(label) for label in labels)
    )
