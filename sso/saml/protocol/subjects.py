"""Who a message is about: NameID, plain or encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sso.federation.errors import quoted
from sso.saml.protocol import documents, encryption
from sso.saml.protocol.names import NAME_ID_UNSPECIFIED, saml
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

    from sso.saml.protocol.keys import KeyPair

_MAX_CHARACTERS: Final = 512


@dataclass(frozen=True, slots=True)
class NameId:
    """What an identity provider calls somebody; the same person has the same in all parts."""

    value: str
    format: str = NAME_ID_UNSPECIFIED
    name_qualifier: str = ""
    sp_name_qualifier: str = ""

    def may_be(self, other: NameId) -> bool:
        """Whether another has the same value, and nothing else that this one leaves open."""
        return self.value == other.value and all(
            (
                self.format in {NAME_ID_UNSPECIFIED, other.format},
                self.name_qualifier in {"", other.name_qualifier},
                self.sp_name_qualifier in {"", other.sp_name_qualifier},
            )
        )


def name_id_of(parent: Element, decryption: Sequence[KeyPair]) -> NameId:
    """The NameID below an element of a verified message, decrypted if need be."""
    encrypted = documents.at_most_one(parent, saml("EncryptedID"), Rule.NAME_ID)
    if encrypted is None:
        return _read(documents.only(parent, saml("NameID"), Rule.NAME_ID))
    if parent.find(saml("NameID")) is not None:
        raise SamlError(Rule.NAME_ID, "There is a NameID beside an encrypted one.")
    return _read(encryption.decrypted(encrypted, decryption, authenticated=True))


def _read(element: Element) -> NameId:
    if element.tag != saml("NameID"):
        raise SamlError(
            Rule.NAME_ID, f"{quoted(documents.tag_of(element))} stands where a NameID must be."
        )
    value = documents.text_of(element, Rule.NAME_ID)
    if not 1 <= len(value) <= _MAX_CHARACTERS or not value.isprintable():
        wanted = f"must have 1 to {_MAX_CHARACTERS} printable characters"
        raise SamlError(Rule.NAME_ID, f"The NameID {wanted}; it is {quoted(value)}.")
    if value != value.strip():
        # People must not be told apart by what nobody sees.
        raise SamlError(
            Rule.NAME_ID, f"The NameID {quoted(value)} begins or ends with white space."
        )
    return NameId(
        value,
        element.get("Format", NAME_ID_UNSPECIFIED),
        element.get("NameQualifier", ""),
        element.get("SPNameQualifier", ""),
    )
