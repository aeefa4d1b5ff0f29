"""What the owner of a domain sets in DNS: the proof, and the way to the platform."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from django.conf import settings

# An underscore cannot be part of a host name, so no host is in the record's way (RFC 8552).
_LABEL = "_iac-challenge"
_CHALLENGE_BYTES = 20
# A name has at most 253 characters (RFC 1035, section 3.1, as text), that of the proof too.
LONGEST_DOMAIN = 253 - len(_LABEL) - 1


class Record(NamedTuple):
    """One record of a zone, in the words of a DNS provider's form."""

    type: str
    name: str
    value: str


def new_challenge() -> str:
    """Something that nobody can guess: 160 random bits in hexadecimal."""
    return secrets.token_hex(_CHALLENGE_BYTES)


def proof_of(domain: str, challenge: str) -> Record:
    """The TXT record that proves that whoever knows the challenge controls the domain."""
    return Record("TXT", f"{_LABEL}.{domain}", f"iac-verify={challenge}")


def records_for(domain: str, challenge: str) -> list[Record]:
    """All that is to be set for a domain; nothing where the operator vouched for it."""
    route = Record("CNAME", domain, settings.CUSTOM_DOMAIN_TARGET)
    return [proof_of(domain, challenge), route] if challenge else [route]
