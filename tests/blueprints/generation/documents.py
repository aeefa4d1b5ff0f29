"""The documents that generation is tried on: the worked blueprints, and one with everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from blueprints.catalog import examples
from blueprints.catalog.documents import Document, validate
from blueprints.generation import clouds
from blueprints.generation.ir import Stack, edges
from blueprints.generation.origin import Origin

__all__ = ["EVERYTHING", "NAMES", "RELATED", "edges", "load", "raw", "small", "stack_of"]

EVERYTHING = "everything"
RELATED = "related"  # what only relations say
NAMES = (*examples.names(), EVERYTHING, RELATED)
_FOLDER = Path(__file__).parent / "data"


def raw(name: str) -> dict[str, Any]:
    """Return a fresh copy of a document as JSON values."""
    if name in examples.names():
        return examples.load(name)
    document: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return document


def load(name: str) -> Document:
    """Return a valid document."""
    return validate(raw(name))


def stack_of(document: Document, *, prefix: str = "shop") -> Stack:
    """Return a document's stack, before it is written in any format."""
    return clouds.build(document, Origin("Demo", prefix))


def small(*components: dict[str, Any], **members: Any) -> Document:
    """Return a valid document of these components."""
    return validate(
        {"cloud": "aws", "region": "us-east-1", "components": list(components), **members}
    )
