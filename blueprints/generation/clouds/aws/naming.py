"""Names and tags that AWS accepts, made from names that people chose.

Resources are named ``<prefix>-<component>``. The prefix is a Terraform variable, so one
blueprint can be deployed several times in one account; its default is the blueprint's own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from blueprints.catalog import prefixes
from blueprints.generation.ir import Template, VariableReference

if TYPE_CHECKING:
    from blueprints.catalog.documents import Component

PREFIX_VARIABLE = "name_prefix"
LONGEST_PREFIX = prefixes.MAX_PREFIX
_RESERVED = prefixes.reserved_beginnings("aws")
# The hyphen that follows a prefix counts: "sg" is as reserved as "sg-".
RESERVED_PREFIX_PATTERN = (
    "^(" + "|".join(f"{t[:-1]}(-|$)" if t.endswith("-") else t for t in _RESERVED) + ")"
)
PREFIX_RULE = (
    f"{prefixes.PREFIX_RULE} AWS reserves names that begin with {', '.join(_RESERVED[:-1])} or "
    f"{_RESERVED[-1]}."
)
_DIGEST = 6
_LONGEST_TAG = 256
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG_PUNCTUATION = frozenset(" _.:/=+-@")


def part(text: str, limit: int = 40) -> str:
    """Reduce a text to a slug that no other text shares: one that had to change is marked."""
    plain = prefixes.slug(text)
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
