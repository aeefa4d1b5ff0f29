"""What a link hashes: the entry, its number, and the link before it.

The message is a version byte, then each field as four bytes of length (big-endian) and its
UTF-8 text; a missing one is the length 0xFFFFFFFF alone. No two contents have one message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rbac.chain.keys import Key

VERSION = b"\x01"
GENESIS = "0" * 64
"""What stands in for the hash before a tenant's first link."""

# A field of the entry by another: its text as PostgreSQL writes it, so that what is hashed is
# what is stored, to the last digit of a number in a document.
ENTRY_TEXTS = """
    e.id::text, e.tenant_id::text,
    to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    e.actor_id, e.actor_name, e.action, e.subject_type, e.subject_id, e.subject_name,
    e.changes::text, e.request_id, host(e.ip_address)
"""
_MISSING = b"\xff\xff\xff\xff"

EntryTexts = tuple[str | None, ...]
"""An entry as ``ENTRY_TEXTS`` selects it."""


class Tip(NamedTuple):
    """The end of a chain: the last link's number and hash."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


BEGINNING = Tip(0, GENESIS)


def link(key: Key, before: Tip, entry: EntryTexts) -> Tip:
    """The link that follows ``before``."""
    sequence = before.sequence + 1
    return Tip(sequence, key.sign(message(str(sequence), before.hash, *entry)))


def message(*fields: str | None) -> bytes:
    """Fields as bytes, in a form that can be read in one way only."""
    return VERSION + b"".join(map(_framed, fields))


def cut_message(fields: Sequence[str]) -> bytes:
    """What a cut signs; its first field keeps it from being taken for a link."""
    return message("cut", *fields)


def _framed(text: str | None) -> bytes:
    if text is None:
        return _MISSING
    content = text.encode()
    return len(content).to_bytes(4, "big") + content
