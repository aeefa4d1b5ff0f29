"""What is withheld from some kinds of users whatever their roles, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.permissions import get
from rbac.permissions import USE_ADMIN
from rbac.system_roles import within_support

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _within_services(name: str) -> bool:
    """Whether a service account may use a permission, if its roles allow it.

    Not the admin, where people sign in; and not what two people must agree on: whoever has
    the account's token would be both of them.
    """
    return name != USE_ADMIN.name and not get(name).four_eyes


_RULES: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "support": (within_support, "It is withheld from the operator's staff, whatever their role."),
    "service": (_within_services, "It is withheld from service accounts: it takes a person."),
}


def withheld_from(kind: str, name: str) -> str:
    """Why users of a kind may not use a permission; empty if nothing keeps them from it."""
    allows, why = _RULES.get(kind, (None, ""))
    return why if allows is not None and not allows(name) else ""


def kinds_without(name: str) -> list[str]:
    """The kinds of users that a permission is withheld from."""
    return [kind for kind in _RULES if withheld_from(kind, name)]
