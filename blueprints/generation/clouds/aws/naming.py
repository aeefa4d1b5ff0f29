"""Names and tags that AWS accepts, made from names that people chose.

Resources are named ``<prefix>-<component>``. The prefix is a Terraform variable, so one
blueprint can be deployed several times in one account; its default is the blueprint's name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

from blueprints.generation.ir import Template, VariableReference, VariableType

if TYPE_CHECKING:
    from blueprints.catalog.documents import Component

PREFIX_VARIABLE = "name_prefix"
LONGEST_PREFIX = 15
PREFIX_PATTERN = f"^[a-z](-?[a-z0-9]){{0,{LONGEST_PREFIX - 1}}}$"
PREFIX_RULE = (
    "The prefix is made of lower-case letters, digits and single hyphens between them, begins "
    f"with a letter and has at most {LONGEST_PREFIX} characters."
)
_DIGEST = 6
_LONGEST_TAG = 256
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG_PUNCTUATION = frozenset(" _.:/=+-@")
_VARIABLE_TYPES: dict[str, VariableType] = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "list": "list",
}


def variable_type(name: str) -> VariableType:
    """Return the type of a document's variable as the representation knows it."""
    return _VARIABLE_TYPES[name]


def prefix(blueprint: str) -> str:
    """Make the default prefix out of a blueprint's name."""
    plain = slug(blueprint)[:LONGEST_PREFIX].strip("-")
    return plain if plain[:1].isalpha() else f"b-{plain}"[:LONGEST_PREFIX].strip("-")


def slug(text: str) -> str:
    """Reduce a text to lower-case letters, digits and single hyphens between them."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


def part(text: str, limit: int = 40) -> str:
    """Reduce a text to a slug that no other text shares: one that had to change is marked."""
    plain = slug(text)
    if plain == text and len(plain) <= limit:
        return plain
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
    return f"{plain[: limit - _DIGEST - 1].strip('-')}-{digest}".lstrip("-")


def name(component: Component, *, limit: int, suffix: str = "", ending: str = "") -> Template:
    """Name a resource: prefix, component and suffix, within AWS's limit for its type.

    Args:
        component: whose id the name shows, shortened and marked where it is too long.
        limit: the most characters that AWS allows.
        suffix: tells several named resources of one component apart.
        ending: what must stand at the very end, such as ``.fifo``.
    """
    room = limit - LONGEST_PREFIX - 1 - len(ending)
    text = f"{component.id}-{suffix}" if suffix else component.id
    return Template((VariableReference(PREFIX_VARIABLE, own=True), f"-{part(text, room)}{ending}"))


def tag_text(text: str) -> str:
    """Replace the characters that AWS refuses in the value of a tag."""
    kept = (c if c.isalnum() or c in _TAG_PUNCTUATION else "-" for c in text[:_LONGEST_TAG])
    return "".join(kept).strip()
