"""What all protocol messages have in common, when they are read and when they are written."""

from __future__ import annotations

import importlib
import secrets
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sso.federation.errors import quoted
from sso.saml.protocol import documents, times
from sso.saml.protocol.names import SUCCESS, samlp
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element as Element

    from sso.saml.protocol.parties import ServiceProvider

MAX_AGE: Final = timedelta(minutes=5)
_ID_BYTES: Final = 20  # SAML core, section 1.3.4: 160 bits


@cache
def pysaml2(module: str) -> Any:
    """A module of pysaml2, loaded when the first message is written or metadata is read."""
    return importlib.import_module(f"saml2.{module}")


def element_of(message: Any) -> Element:
    """A message of pysaml2's classes as an element that can be signed."""
    return documents.parse_metadata(message.to_string())


def new_id() -> str:
    """An ID that nobody can guess, and that is an XML name."""
    return f"_{secrets.token_hex(_ID_BYTES)}"


def header(sp: ServiceProvider, destination: str | None, now: datetime) -> dict[str, Any]:
    """What every message says about itself."""
    return {
        "id": new_id(),
        "version": "2.0",
        "issue_instant": times.written(now),
        "destination": destination,
        "issuer": pysaml2("saml").Issuer(text=sp.entity_id),
    }


def check_destination(message: Element, url: str, *, required: bool) -> None:
    """It must have been sent to this endpoint, by its own word."""
    destination = message.get("Destination")
    if destination is None and not required:
        return
    if destination != url:
        raise SamlError(
            Rule.DESTINATION,
            f"The destination is {quoted(destination)}. Set the URL at the identity provider to "
            f"{url}.",
        )


def check_issued(message: Element, now: datetime) -> None:
    """It must have been issued just now."""
    times.check_issued(issued_at(message), now, MAX_AGE, "The message")


def issued_at(message: Element) -> datetime:
    """When it was issued, by its issuer's clock."""
    return times.instant(message.get("IssueInstant"), Rule.ISSUE_INSTANT, "IssueInstant")


def check_status(message: Element) -> None:
    """It must say that the request succeeded."""
    status = documents.only(message, samlp("Status"), Rule.STATUS)
    code = documents.only(status, samlp("StatusCode"), Rule.STATUS)
    if code.get("Value") != SUCCESS:
        raise SamlError(Rule.STATUS, f"The status is {_codes(code)}.{_said(status)}")


def _codes(code: Element) -> str:
    inner = code.find(samlp("StatusCode"))
    outer = quoted(code.get("Value"))
    return outer if inner is None else f"{outer}, {quoted(inner.get('Value'))}"


def _said(status: Element) -> str:
    message = status.find(samlp("StatusMessage"))
    text = "" if message is None else (message.text or "")
    return f" The identity provider says {quoted(text)}." if text else ""
