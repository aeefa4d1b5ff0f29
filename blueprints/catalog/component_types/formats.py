"""Formats that component properties use and a regular expression cannot decide."""

from __future__ import annotations

import ipaddress
import re

from jsonschema import FormatChecker

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_LONGEST_DOMAIN = 253
_FEWEST_LABELS = 2

#: Knows only the formats below: JSON Schema's own ones stay annotations.
CHECKER = FormatChecker(formats=())


@CHECKER.checks("ipv4-cidr", raises=ValueError)
def is_ipv4_block(value: object) -> bool:
    """Whether a string is an IPv4 block whose host bits are zero; the error says what is not."""
    return not isinstance(value, str) or bool(ipaddress.IPv4Network(value))


@CHECKER.checks("cidr", raises=ValueError)
def is_block(value: object) -> bool:
    """Whether a string is an IPv4 or IPv6 block whose host bits are zero."""
    return not isinstance(value, str) or bool(ipaddress.ip_network(value))


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
