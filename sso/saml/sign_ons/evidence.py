"""What the login log keeps of a message: enough to set a provider up, and nothing to use again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sso.saml.protocol import documents
from sso.saml.protocol.names import dsig, saml, xenc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element as Element

LEFT_OUT: Final = "[left out]"
# A signature that stays would let the message be shown again; a certificate only fills pages.
_NEVER: Final = (
    *(dsig(name) for name in ("SignatureValue", "DigestValue", "X509Certificate")),
    xenc("CipherValue"),
)


def of_response(response: Element, mapped: Iterable[str]) -> str:
    """A response as it was posted; it is spent by this.

    Args:
        response: nothing of it was verified.
        mapped: the names of the attributes that mean something here; of others only the name and
            how many values there were is kept.
    """
    return _redacted(response, mapped)


def of_assertion(document: bytes, mapped: Iterable[str]) -> str:
    """An assertion that was verified, and decrypted if need be; the rest as of ``of_response``."""
    return _redacted(documents.parse_signed(document), mapped)


def _redacted(root: Element, mapped: Iterable[str]) -> str:
    kept = frozenset(mapped)
    for element in root.iter(*_NEVER):
        element.text = LEFT_OUT
    for attribute in root.iter(saml("Attribute")):
        if attribute.get("Name") not in kept:
            _leave_values_out(attribute)
    return documents.serialized(root).decode()


def _leave_values_out(attribute: Element) -> None:
    for value in attribute.iter(saml("AttributeValue")):
        for child in value:
            value.remove(child)
        value.text = LEFT_OUT
