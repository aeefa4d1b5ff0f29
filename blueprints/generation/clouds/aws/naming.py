"""Names and tags that AWS accepts, made from what is fixed when a component is created.

Resources are named ``<prefix>-<component>``. The prefix is a Terraform variable, so one
blueprint can be deployed several times in one account; its default is the blueprint's own.

No two things get one name. A component's own resource bears its identity as it is; whatever
had to be changed, cut or made up ends in a mark, digits of a hash of what it stands for, and
what only looks as if it had one is marked too.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from blueprints.catalog import prefixes
from blueprints.catalog.documents.limits import MAX_INSTANCES
from blueprints.catalog.documents.tags import PUNCTUATION
from blueprints.generation.clouds.aws.name_rules import RANDOM_SUFFIX
from blueprints.generation.ir import Template, VariableReference

if TYPE_CHECKING:
    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Value

PREFIX_VARIABLE = "name_prefix"
#: Of modules alone. No document has a variable that begins so.
LABELS_VARIABLE = "_default_tags"
TAGS_VARIABLE = "_tags"
LONGEST_PREFIX = prefixes.MAX_PREFIX
#: Characters of what tells the instances of a repeated component apart.
LONGEST_KEYS = {"count": len(str(MAX_INSTANCES - 1)), "for_each": 12}
_RESERVED = prefixes.reserved_beginnings("aws")
# The hyphen that follows a prefix counts: "sg" is as reserved as "sg-".
RESERVED_PREFIX_PATTERN = (
    "^(" + "|".join(f"{t[:-1]}(-|$)" if t.endswith("-") else t for t in _RESERVED) + ")"
)
PREFIX_RULE = (
    f"{prefixes.PREFIX_RULE} AWS reserves names that begin with {', '.join(_RESERVED[:-1])} or "
    f"{_RESERVED[-1]}."
)
_DIGEST = 8
_LOOKS_MARKED = re.compile(rf"(?:.*-)?[0-9a-f]{{{_DIGEST}}}")
_SHORT_PREFIX = 6  # of target groups: 32 characters without the provider's own
_LONGEST_TAG = 256


def part(*texts: str, limit: int = 48, shown: str = "") -> str:
    """Make one slug of one or several texts that no other texts make: a part of an address.

    A single text stays as it is where it can; all else is marked.

    Args:
        texts: what it stands for.
        limit: the most characters that it may have; at least seven for a mark.
        shown: what of it people shall read, where that is not all.
    """
    plain = prefixes.slug(shown or "-".join(texts))
    if (plain,) == texts and len(plain) <= limit and not _LOOKS_MARKED.fullmatch(plain):
        return plain
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()[: min(_DIGEST, limit)]
    return f"{plain[: max(limit - _DIGEST - 1, 0)].strip('-')}-{digest}".lstrip("-")


def name(component: Component, *, limit: int, suffix: str = "", ending: str = "") -> Template:
    """Name a resource: prefix and component, within AWS's limit for its type.

    Args:
        component: whose identity the name shows, with those of the modules that it lies in,
            shortened and marked where it is too long.
        limit: the most characters that AWS allows.
        suffix: says what is made up for the component, beside its own resource.
        ending: what must stand at the very end, such as ``.fifo``.
    """
    room = limit - LONGEST_PREFIX - 1 - len(ending)
    made_up = (suffix,) if suffix else ()
    path = (*component.within, component.identity)
    prefix = VariableReference(PREFIX_VARIABLE, own=True)
    key = instance_key(component)
    if key is None:
        return Template((prefix, f"-{part(*path, *made_up, limit=room)}{ending}"))
    # Marked, so that no key behind it makes it the name of another component.
    texts = (*path, *made_up)
    left = room - LONGEST_KEYS[component.repeat.kind] - 1 if component.repeat else room
    rest = part(*texts, "each", limit=left, shown="-".join(texts))
    return Template((prefix, f"-{rest}-", key, *((ending,) if ending else ())))


def instance_key(component: Component) -> VariableReference | None:
    """Return what tells the instances of a repeated component apart; None if it stands once."""
    kind = component.repeat.kind if component.repeat else "when"
    return {"when": None, "count": instance(("index",)), "for_each": instance(("key",))}[kind]


def of_instance(component: Component, text: str, ending: str = "") -> Value:
    """Return a text that every instance of a component has to itself."""
    key = instance_key(component)
    return Template((f"{text}-", key, ending)) if key else f"{text}{ending}"


def instance(path: tuple[str, ...]) -> VariableReference:
    """Refer to what is another for each instance: its key, value or index."""
    name, *rest = path
    return VariableReference(name, path=tuple(rest), scope="count" if name == "index" else "each")


def name_prefix(component: Component, *, limit: int, suffix: str = "") -> Template:
    """Begin a name that the provider completes with a suffix nobody else has.

    Names that must be unique need it where a resource is made anew before the old one goes.

    Args: as of ``name``.
    """
    return name(component, limit=limit - RANDOM_SUFFIX, suffix=suffix, ending="-")


def short_name(component: Component, *, limit: int, suffix: str = "") -> dict[str, Value | None]:
    """Name a resource whose names are short, as arguments.

    Where a key leaves no room, the provider completes what begins it.

    Args: as of ``name``.
    """
    if component.repeat and component.repeat.kind == "for_each":
        return {"name_prefix": short_prefix(component)}
    return {"name": name(component, limit=limit, suffix=suffix)}


def short_prefix(component: Component) -> str:
    """Begin such a name where AWS leaves room for six characters; the tag Name tells the rest."""
    return f"{component.identity[: _SHORT_PREFIX - 1].rstrip('-')}-"


def tag_text(text: str) -> str:
    """Replace the characters that AWS refuses in the value of a tag."""
    kept = (c if c.isalnum() or c in f" {PUNCTUATION}" else "-" for c in text[:_LONGEST_TAG])
    return "".join(kept).strip()
