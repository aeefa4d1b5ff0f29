"""The shape of a response: one assertion, in its place, and signatures only where they count.

Signature wrapping works by having two assertions in one message, one that is verified and one that
is read. A response that has a second one anywhere, or a signature anywhere but on the response or
on its assertion, is refused as a whole (Somorovsky et al., "On Breaking SAML", 2012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from sso.federation.errors import quoted
from sso.saml.protocol import documents
from sso.saml.protocol.names import dsig, saml, samlp, xenc
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_RESPONSE_PARTS: Final = frozenset(
    {
        saml("Issuer"),
        dsig("Signature"),
        samlp("Extensions"),
        samlp("Status"),
        saml("Assertion"),
        saml("EncryptedAssertion"),
    }
)
_ASSERTION_PARTS: Final = frozenset(
    {
        saml("Issuer"),
        dsig("Signature"),
        saml("Subject"),
        saml("Conditions"),
        saml("AuthnStatement"),
        saml("AttributeStatement"),
    }
)
_ONCE: Final = (saml("Issuer"), dsig("Signature"), saml("Subject"), saml("Conditions"))


def check_response(response: Element) -> None:
    """Refuse any response that is not of the one shape: at most one assertion, and in its place."""
    check_message(response, samlp("Response"))
    _check_parts(response, _RESPONSE_PARTS)
    found = _assertions(response)
    if len(found) > 1 or (found and found[0].getparent() is not response):
        raise SamlError(Rule.ASSERTION_COUNT, f"The response contains {len(found)} assertions.")


def assertion_of(response: Element) -> Element:
    """The one assertion of a response, encrypted or not."""
    found = _assertions(response)
    if len(found) != 1:
        raise SamlError(Rule.ASSERTION_COUNT, f"The response contains {len(found)} assertions.")
    return found[0]


def check_assertion(assertion: Element) -> None:
    """Refuse an assertion that has other parts than a sign-on has, or one of them twice."""
    if assertion.tag != saml("Assertion"):
        raise SamlError(
            Rule.STRUCTURE,
            f"{quoted(documents.tag_of(assertion))} stands where an assertion must be.",
        )
    _check_parts(assertion, _ASSERTION_PARTS)
    for tag in _ONCE:
        documents.at_most_one(assertion, tag, Rule.STRUCTURE)
    _check_signatures(assertion)
    documents.refuse_type_changes(assertion)
    if len(_assertions(assertion)) != 1:
        raise SamlError(Rule.ASSERTION_COUNT, "The assertion contains another one.")
    _refuse_encrypted_parts(assertion)


def check_message(message: Element, tag: str) -> None:
    """Refuse a message that is not of a kind, or has a signature below another element."""
    if message.tag != tag:
        expected = etree.QName(tag).localname
        raise SamlError(
            Rule.UNEXPECTED_MESSAGE,
            f"{quoted(documents.tag_of(message))} was sent where {expected} belongs.",
        )
    if message.get("Version") != "2.0":
        raise SamlError(
            Rule.VERSION, f"The message is of version {quoted(message.get('Version'))}, not 2.0."
        )
    _check_signatures(message)
    documents.refuse_type_changes(message)


def _assertions(root: Element) -> list[Element]:
    return [*root.iter(saml("Assertion"), saml("EncryptedAssertion"))]


def _check_parts(element: Element, allowed: frozenset[str]) -> None:
    for child in element:
        if child.tag not in allowed:
            name = etree.QName(element).localname
            raise SamlError(Rule.STRUCTURE, f"{name} contains {quoted(documents.tag_of(child))}.")


def _check_signatures(root: Element) -> None:
    """Each signature is the only one of the message or of its assertion, as a direct child."""
    signed: list[Element] = []
    for signature in root.iter(dsig("Signature")):
        parent = signature.getparent()
        if parent is None or not _may_be_signed(parent, root):
            raise SamlError(Rule.SIGNATURE_PLACE, "A signature stands where none belongs.")
        signed.append(parent)
    if len(signed) != len(set(signed)):
        raise SamlError(Rule.SIGNATURE_PLACE, "An element has two signatures.")


def _may_be_signed(element: Element, root: Element) -> bool:
    if element is root:
        return True
    return element.tag == saml("Assertion") and element.getparent() is root


def _refuse_encrypted_parts(assertion: Element) -> None:
    """Refuse encrypted parts that would be left unread, such as attributes."""
    for data in assertion.iter(xenc("EncryptedData")):
        parent = data.getparent()
        if parent is None or parent.tag != saml("EncryptedID"):
            raise SamlError(
                Rule.ENCRYPTION_STRUCTURE,
                "A part of the assertion is encrypted by itself. Encrypt the whole assertion "
                "instead.",
            )
