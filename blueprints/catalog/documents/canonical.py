"""One way to write each document, and a fingerprint of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import rfc8785

from .plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the document in the JSON Canonicalization Scheme (RFC 8785), in UTF-8.

    Raises:
        InvalidDocument: it holds what JSON cannot.
    """
    return rfc8785.dumps(plain(document))


def content_hash(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical form, as 64 hexadecimal digits.

    Documents that differ only in spacing, member order or the way numbers are written
    have the same hash; defaults that are written out make another document.

    Raises:
        InvalidDocument: it holds what JSON cannot.
    """
    return hashlib.sha256(canonical(document)).hexdigest()
