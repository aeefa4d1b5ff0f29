"""What is withheld from some kinds of users whatever their roles, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.system_roles import within_support

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_RULES: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "support": (within_support, "It is withheld from the operator's staff, whatever their role."),
}


def withheld_from(kind: str, name: str) -> str:
    """Why users of a kind may not use a permission; empty if nothing keeps them from it."""
    allows, why = _RULES.get(kind, (None, ""))
    return why if allows is not None and not allows(name) else ""


def kinds_without(name: str) -> list[str]:
    """The kinds of users that a permission is withheld from."""
    return [kind for kind in _RULES if withheld_from(kind, name)]
