"""Asking DNS for text records, and every way in which it may not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from django.conf import settings

from iac_platform.common.name_servers import resolver

if TYPE_CHECKING:
    from collections.abc import Sequence

# Large enough for any zone's honest texts; a TCP answer may carry 64 KiB.
MOST_RECORDS = 50
MOST_BYTES = 16 * 1024


class LookupFailed(Exception):
    """DNS did not give the records; the text says why, and what may fix it."""


class TextRecords(Protocol):
    """Whatever knows the TXT records of a name."""

    def texts(self, name: str) -> list[bytes]:
        """The text of each TXT record that stands at exactly this name.

        Raises:
            LookupFailed: there is none, or no answer.
        """


class DnsTextRecords:
    """TXT records as recursive name servers tell them.

    Args:
        nameservers: ``address:port`` of each; none for those of the system.
        seconds: how long all attempts for one name may take together.
    """

    def __init__(self, nameservers: Sequence[str], seconds: float) -> None:
        self._nameservers, self._seconds = nameservers, seconds

    def texts(self, name: str) -> list[bytes]:
        """The texts; the strings of a record are one text (RFC 7208, section 3.3)."""
        answer = self._ask(name)
        if answer.canonical_name != answer.qname:
            # A wildcard alias may lead to a zone that others write to.
            raise LookupFailed(
                f"{name} is an alias (CNAME). Set the TXT record at the name itself."
            )
        found = [b"".join(record.strings) for record in answer][: MOST_RECORDS + 1]
        if len(found) > MOST_RECORDS or sum(map(len, found)) > MOST_BYTES:
            raise LookupFailed(f"{name} has too many TXT records. Remove those of others.")
        return found

    def _ask(self, name: str) -> dns.resolver.Answer:
        try:
            asked = resolver(self._nameservers, self._seconds)
            return asked.resolve(dns.name.from_text(name), dns.rdatatype.TXT, search=False)
        except dns.exception.DNSException as error:
            raise LookupFailed(_reason(name, error, self._seconds)) from error


def configured() -> TextRecords:
    """DNS as the settings name it."""
    return DnsTextRecords(settings.DNS_NAMESERVERS, settings.DNS_SECONDS)


def _reason(name: str, error: dns.exception.DNSException, seconds: float) -> str:
    if isinstance(error, dns.resolver.NXDOMAIN):
        return f"DNS knows no {name} (NXDOMAIN). Set the record; it may take minutes to show."
    if isinstance(error, dns.resolver.NoAnswer):
        return f"{name} is in DNS, but has no TXT record. Set it; it may take minutes to show."
    if isinstance(error, dns.resolver.NoNameservers):
        return (
            f"The name servers of {name} answer with an error (such as SERVFAIL). "
            "Ask your DNS provider, for instance about DNSSEC."
        )
    if isinstance(error, dns.exception.Timeout):
        return f"DNS did not answer for {name} within {seconds:g} seconds. Try again later."
    return f"DNS gave no usable answer for {name}. Try again later."
