"""What the login log keeps of a message: enough to set a provider up, and nothing to use again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sso.saml.protocol import documents
from sso.saml.protocol.names import saml, samlp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element as Element

LEFT_OUT: Final = "[left out]"
# What may stay is named, as identity providers may write anything else: a signature or an artifact
# would let the message be shown again, and other texts name people.
_TEXTS: Final = frozenset(
    {
        *map(saml, ("Issuer", "NameID", "Audience", "AuthnContextClassRef")),
        samlp("StatusMessage"),
    }
)
_ATTRIBUTES: Final = frozenset(
    {
        *("ID", "Version", "IssueInstant", "Destination", "InResponseTo", "Recipient", "Value"),
        *("Format", "NameQualifier", "SPNameQualifier", "Method", "NotBefore", "NotOnOrAfter"),
        *("AuthnInstant", "SessionIndex", "SessionNotOnOrAfter", "Name", "NameFormat"),
        *("FriendlyName", "Algorithm", "URI"),
    }
)


def of_response(response: Element, mapped: Iterable[str]) -> str:
    """A response as it was posted, of which nothing was verified. Changes it in place.

    Args:
        response: the response.
        mapped: the names of the attributes that mean something here; of others only the name and
            how many values there were is kept.
    """
    return _redacted(response, mapped)


def of_assertion(document: bytes, mapped: Iterable[str]) -> str:
    """An assertion that was verified, and decrypted if need be; the rest as of ``of_response``."""
    return _redacted(documents.parse_signed(document), mapped)


def _redacted(root: Element, mapped: Iterable[str]) -> str:
    kept = frozenset(mapped)
    for element in root.iter():
        if (element.text or "").strip() and not _may_stay(element, kept):
            element.text = LEFT_OUT
        if (element.tail or "").strip():
            element.tail = None
        for name in element.attrib:
            if name not in _ATTRIBUTES:
                element.set(name, LEFT_OUT)
    return documents.serialized(root).decode()


def _may_stay(element: Element, mapped: frozenset[str]) -> bool:
    """Whether a text is one that admins need."""
    parent = element.getparent()
    if element.tag == saml("AttributeValue") and parent is not None:
        return parent.tag == saml("Attribute") and parent.get("Name") in mapped
    return element.tag in _TEXTS
