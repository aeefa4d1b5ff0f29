"""Reading what providers send in JSON: objects, strictly, and their members by type."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sso.federation.errors import quoted
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]

MAX_URL: Final = 2000
_PRINTABLE = re.compile(r"[!-~]+")


def read_object(text: bytes, rule: Rule, what: str) -> Document:
    """Read a JSON object in UTF-8, of which no member is there twice.

    Halves of surrogate pairs, which JSON can escape, are refused: nothing could write them down.
    """
    try:
        read = json.loads(text.decode(), object_pairs_hook=_without_doubles)
        json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise OidcError(rule, f"{what} is no JSON in Unicode, or has a member twice.") from None
    if not isinstance(read, dict):
        raise OidcError(rule, f"{what} is no JSON object.")
    return read


def _without_doubles(pairs: list[tuple[str, Any]]) -> Document:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError
    return read


def text_of(document: Mapping[str, Any], name: str, rule: Rule) -> str:
    """A member that must be a text, and not an empty one."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise OidcError(rule, f"{name} is {quoted(value)}, not a text.")
    return value


def optional_text(document: Mapping[str, Any], name: str, rule: Rule) -> str:
    """A member that is a text where it is there; empty where it is not."""
    return text_of(document, name, rule) if document.get(name) is not None else ""


def printable(value: str, name: str, rule: Rule) -> str:
    """A text that can stand in a header or an address."""
    if not _PRINTABLE.fullmatch(value):
        raise OidcError(rule, f"{name} has characters that it cannot have.")
    return value


def endpoint(document: Mapping[str, Any], name: str) -> str:
    """A member that must be an address on https, without a fragment or a user name."""
    url = text_of(document, name, Rule.DISCOVERY)
    if not is_https_url(url):
        raise OidcError(Rule.DISCOVERY, f"{name} is {quoted(url)}, not a URL on https.")
    return url


def is_https_url(url: str) -> bool:
    """Whether it is an address on https that a browser or a server can be sent to."""
    if len(url) > MAX_URL or not _PRINTABLE.fullmatch(url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where there is none
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not ({"@", "#"} & set(url))
