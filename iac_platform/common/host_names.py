"""Host names with letters of any script: taken as people write them, kept as DNS has them."""

from __future__ import annotations

import idna


def to_ascii(name: str) -> str:
    """A host name as DNS and browsers' ``Host`` header have it: ``xn--…`` for other scripts.

    What is ASCII already is returned in small letters, whether it is a host name or not.

    Raises:
        ValueError: it has letters that no domain may have (IDNA 2008, RFC 5891; UTS 46).
    """
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True, std3_rules=True).decode()
    except idna.IDNAError as error:
        raise ValueError(f"{name!r} cannot be a domain: {error}") from error


def to_unicode(name: str) -> str:
    """A host name as people write it; a part that means nothing stays as it is."""
    return ".".join(map(_label, name.split(".")))


def _label(label: str) -> str:
    try:
        return idna.decode(label) if label.startswith("xn--") else label
    except idna.IDNAError:
        return label
