"""Reading XML that others wrote: bounded, without a DTD, by one parser.

What a message may not contain at all (declarations, comments, CDATA, instructions) is looked for in
the text, before any parser sees it: there, no two readings are possible. Identity providers write
none of it, and all of it has been used to have two readers see two documents.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from typing import TYPE_CHECKING, Final

from lxml import etree

from sso.federation.errors import quoted
from sso.saml.protocol.names import XSI
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_BYTES: Final = 384 * 1024  # a thousand groups of 100 characters, twice over
MAX_METADATA_BYTES: Final = 4 * 1024 * 1024
_XML_SPACE: Final = " \t\r\n"
_MAX_ELEMENTS: Final = 20_000
_MAX_DEPTH: Final = 40
_MAX_ATTRIBUTES: Final = 32  # of one element; lxml reads n of them in n² steps
_MAX_NAMESPACES: Final = 4_000
_DECLARATION = re.compile(r"\s*<\?xml\s[^<>]{0,200}\?>")
_DECLARED_ENCODING = re.compile(r"""encoding\s*=\s*["']([^"']*)["']""")
# Without or with a namespace, which stands in braces before it.
_ID_NAME = re.compile(r"(?:\{[^}]*\})?id", re.IGNORECASE)


def parse(document: bytes) -> Element:
    """Read one protocol message.

    Raises:
        SamlError: for its size, its encoding, what must not be in it, or because it is not XML.
    """
    text = _text_of(document, MAX_BYTES)
    _refuse_markup(text)
    return _parse(text)


def parse_metadata(document: bytes) -> Element:
    """Read metadata: like a message, but larger, and comments are left out instead of refused."""
    text = _text_of(document, MAX_METADATA_BYTES)
    _refuse_document_type(text)
    return _parse(text)


def parse_signed(document: bytes) -> Element:
    """Parse bytes of our own making, such as those that a signature covers."""
    return etree.fromstring(document, _parser())


def canonical(element: Element) -> bytes:
    """An element by itself in exclusive canonical form: no comments, no DTD, one way to read it."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def serialized(element: Element) -> bytes:
    """An element as a document of its own, with the namespaces that were in scope."""
    return etree.tostring(element, encoding="UTF-8", with_tail=False)


def only(parent: Element, tag: str, rule: Rule) -> Element:
    """The one child of a kind; none and two are refused alike."""
    found = parent.findall(tag)
    if len(found) != 1:
        name = etree.QName(tag).localname
        raise SamlError(
            rule, f"{_name(parent)} has {len(found)} elements {name} where exactly one must be."
        )
    return found[0]


def at_most_one(parent: Element, tag: str, rule: Rule) -> Element | None:
    """The child of a kind, or None; two are refused."""
    return only(parent, tag, rule) if parent.find(tag) is not None else None


def text_of(element: Element, rule: Rule) -> str:
    """The text of an element that has nothing but text, exactly as it was sent."""
    if len(element):
        raise SamlError(rule, f"{_name(element)} has elements where only text may be.")
    return element.text or ""


def uri_of(element: Element, rule: Rule) -> str:
    """The URI that an element holds; pretty-printed XML has white space around it."""
    return text_of(element, rule).strip(_XML_SPACE)


def base64_of(element: Element, rule: Rule) -> bytes:
    """What an element holds in base64; it must hold something, and nothing else."""
    try:
        value = b64decode("".join(text_of(element, rule).split()), validate=True)
    except (binascii.Error, ValueError):
        raise SamlError(rule, f"{_name(element)} is not in base64.") from None
    if not value:
        raise SamlError(rule, f"{_name(element)} is empty.")
    return value


def tag_of(element: Element) -> str:
    """The name of an element with its namespace, to be shown."""
    return str(element.tag)


def refuse_type_changes(root: Element) -> None:
    """Refuse ``xsi:type`` but on attribute values: it changes what an element means."""
    for element in root.iter():
        if f"{{{XSI}}}type" in element.attrib and _name(element) != "AttributeValue":
            raise SamlError(Rule.STRUCTURE, f"{_name(element)} has an xsi:type.")


def _text_of(document: bytes, limit: int) -> str:
    if len(document) > limit:
        raise SamlError(
            Rule.TOO_LARGE, f"The message has {len(document)} bytes; {limit} are allowed."
        )
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SamlError(Rule.ENCODING, "The message is not in UTF-8.") from None
    return _without_declaration(text)


def _without_declaration(text: str) -> str:
    declaration = _DECLARATION.match(text)
    if declaration is None:
        return text
    encoding = _DECLARED_ENCODING.search(declaration[0])
    if encoding is not None and encoding[1].lower() != "utf-8":
        raise SamlError(
            Rule.ENCODING, f"The message declares the encoding {quoted(encoding[1])}, not UTF-8."
        )
    return text[declaration.end() :]


def _refuse_markup(text: str) -> None:
    _refuse_document_type(text)
    if "<!" in text:
        raise SamlError(Rule.COMMENT, "The message contains a comment or a CDATA section.")
    if "<?" in text:
        raise SamlError(Rule.INSTRUCTION, "The message contains a processing instruction.")


def _refuse_document_type(text: str) -> None:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SamlError(Rule.DOCUMENT_TYPE, "The message declares a document type or an entity.")


def _parse(text: str) -> Element:
    if text.count("xmlns") > _MAX_NAMESPACES:
        raise SamlError(Rule.TOO_COMPLEX, f"The message has over {_MAX_NAMESPACES} namespaces.")
    try:
        root = etree.fromstring(text.encode(), _parser())
    except etree.XMLSyntaxError as error:
        raise SamlError(Rule.NOT_XML, f"The message is not well-formed XML: {error.msg}.") from None
    _check_size(root)
    _check_ids(root)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def _check_size(root: Element) -> None:
    elements = depth = deepest = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if len(element.attrib) > _MAX_ATTRIBUTES:
                raise SamlError(Rule.TOO_COMPLEX, f"{_name(element)} has too many attributes.")
            elements, depth = elements + 1, depth + 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    if elements > _MAX_ELEMENTS or deepest > _MAX_DEPTH:
        raise SamlError(
            Rule.TOO_COMPLEX, f"The message has {elements} elements, nested {deepest} deep."
        )


def _check_ids(root: Element) -> None:
    """Refuse an ID that stands twice, under whichever of the names that readers look for."""
    seen: set[str] = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            if not _ID_NAME.fullmatch(name):
                continue
            if value in seen:
                raise SamlError(Rule.DUPLICATE_ID, f"The ID {quoted(value)} stands twice.")
            seen.add(value)


def _name(element: Element) -> str:
    return etree.QName(element).localname
