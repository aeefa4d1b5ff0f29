"""What every change of a row has in common: without a difference nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The old and the new value of each field that really changes, for the audit log.

    Where it is empty, the row keeps its revision and the log tells of nothing.
    """
    return {name: [old, after[name]] for name, old in before.items() if old != after[name]}
