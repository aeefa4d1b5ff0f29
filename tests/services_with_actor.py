"""The services of the code, read off it: what tests compare their lists with."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ACTORS = {"actor", "operator"}


def services_with_actor(path: Path) -> Iterator[str]:
    """The public functions of a module that take an actor."""
    for node in ast.parse(path.read_text()).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        if _ACTORS & {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}:
            yield node.name
