"""What an assertion says about the person: names and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sso.federation.errors import quoted
from sso.saml.protocol import documents
from sso.saml.protocol.names import XSI, saml
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_MAX_VALUES: Final = 4_000
_MAX_NAME_CHARACTERS: Final = 512
_MAX_VALUE_CHARACTERS: Final = 4_096
_NIL: Final = f"{{{XSI}}}nil"


def attributes_of(assertion: Element) -> dict[str, tuple[str, ...]]:
    """Values by the attribute's Name, in order; the values of one that stands twice are joined.

    FriendlyName is for people and means nothing (SAML core, section 2.7.3.1): it is not read.
    """
    read: dict[str, list[str]] = {}
    for statement in assertion.findall(saml("AttributeStatement")):
        for attribute in statement:
            _check_kind(attribute)
            read.setdefault(_name(attribute), []).extend(_values(attribute))
    if sum(map(len, read.values())) > _MAX_VALUES:
        raise SamlError(
            Rule.ATTRIBUTES, f"The assertion has over {_MAX_VALUES} values of attributes."
        )
    return {name: tuple(values) for name, values in read.items()}


def _check_kind(attribute: Element) -> None:
    if attribute.tag != saml("Attribute"):
        raise SamlError(
            Rule.ATTRIBUTES, f"Among the attributes stands {quoted(documents.tag_of(attribute))}."
        )


def _name(attribute: Element) -> str:
    name = attribute.get("Name", "")
    if not name or len(name) > _MAX_NAME_CHARACTERS:
        raise SamlError(Rule.ATTRIBUTES, f"An attribute has the name {quoted(name)}.")
    return name


def _values(attribute: Element) -> list[str]:
    """The values that are text; others, such as nested identifiers, are for no mapping here.

    Nor are long ones, such as pictures: no name and no group has as many characters.
    """
    texts = (
        documents.text_of(element, Rule.ATTRIBUTES)
        for element in attribute.findall(saml("AttributeValue"))
        if not len(element) and element.get(_NIL) not in {"true", "1"}
    )
    return [text for text in texts if len(text) <= _MAX_VALUE_CHARACTERS]
