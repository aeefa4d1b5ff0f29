"""What the values of DNS records look like, as zone files write them."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The name of a record for the domain itself.
APEX = "@"
LONGEST_STRING = 255  # of one string inside a TXT record: RFC 1035 section 3.3
LONGEST_NAME = 255
_LARGEST = 65535
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?|\.")
_NUMBERS_AND_NAME = re.compile(r"((?:[0-9]{1,5} +)+)(\S+)")
_CAA = re.compile(r'([0-9]{1,3}) +[A-Za-z0-9]+ +"[^"]*"')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"(?: *"(?:[^"\\]|\\.)*")*')
_MOST_FLAGS = 255


def fault(record_type: str, value: str) -> str:
    """Say why a record of this type cannot have the value; empty if it can."""
    return _FAULTS[record_type](value)


def _address_fault(kind: Callable[[str], object], example: str) -> Callable[[str], str]:
    def find(value: str) -> str:
        try:
            kind("%" if "%" in value else value)  # a zone, as in fe80::1%eth0, is a machine's own
        except ValueError:
            return f"The value is an address, such as {example}."
        return ""

    return find


def _name_fault(value: str) -> str:
    if _is_name(value):
        return ""
    return "The value is a name, such as www.example.net."


def _is_name(value: str) -> bool:
    last = value.rstrip(".").rpartition(".")[2]
    return len(value) <= LONGEST_NAME and _NAME.fullmatch(value) is not None and not last.isdigit()


def _numbers_fault(count: int, example: str) -> Callable[[str], str]:
    """Make a check of numbers that stand before a name."""

    def find(value: str) -> str:
        parts = _NUMBERS_AND_NAME.fullmatch(value)
        numbers = [int(number) for number in parts[1].split()] if parts else []
        fits = len(numbers) == count and all(number <= _LARGEST for number in numbers)
        return "" if parts and fits and _is_name(parts[2]) else f"Write it like {example}."

    return find


def _caa_fault(value: str) -> str:
    parts = _CAA.fullmatch(value)
    if parts and int(parts[1]) <= _MOST_FLAGS:
        return ""
    return 'Write it like 0 issue "ca.example.net".'


def _text_fault(value: str) -> str:
    """Judge strings in quotation marks; text without them is divided and escaped for its author."""
    if not (len(value) > 1 and value.startswith('"') and value.endswith('"')):
        return ""
    if not _STRINGS.fullmatch(value):
        return 'Strings stand in quotation marks, one after the other: "one" "two".'
    longest = max(len(string) for string in _STRING.findall(value))
    if longest > LONGEST_STRING:
        return (
            f"A string has at most {LONGEST_STRING} characters, not {longest}: divide it, or leave "
            "out the quotation marks, and it is divided."
        )
    return ""


_FAULTS: Mapping[str, Callable[[str], str]] = {
    "A": _address_fault(ipaddress.IPv4Address, "192.0.2.1"),
    "AAAA": _address_fault(ipaddress.IPv6Address, "2001:db8::1"),
    "CAA": _caa_fault,
    "CNAME": _name_fault,
    "MX": _numbers_fault(1, "10 mail.example.net"),
    "NS": _name_fault,
    "SRV": _numbers_fault(3, "0 5 5060 sip.example.net"),
    "TXT": _text_fault,
}
