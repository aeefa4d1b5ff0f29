"""The reference of permissions as a page: all of it is read off the registry and the roles."""

from __future__ import annotations

from dataclasses import fields
from itertools import groupby
from typing import TYPE_CHECKING, Any

from iac_platform.common.permissions import Permission, Scope
from rbac.system_roles import BY_KEY, effective

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREFACE = f"""\
# Permissions

Written by `manage.py permission_reference`, and checked by `make check`: change what an app
declares in its `permissions.py`, or `rbac/system_roles.py`, never this page. What scopes and
remarks mean is in [access-control.md](access-control.md); how to add one in
[add-a-permission.md](how-to/add-a-permission.md).

Scopes, the narrowest first: {", ".join(Scope)}. *Held by* names the system roles that have the
permission, under the scope in which they have it.
"""
_COLUMNS = ("Permission", "Meaning", "Scopes", "Remarks", "Held by")
# What has a column of its own, or stands in the name.
_SHOWN = frozenset({"resource", "action", "description", "scopes", "roles", "open_to_support"})


def render(permissions: Iterable[Permission]) -> str:
    """The page about permissions in order of their names, in Markdown: a table per resource."""
    resources = groupby(permissions, key=lambda permission: permission.resource)
    return "\n".join([_PREFACE, *(_section(name, group) for name, group in resources)])


def _section(resource: str, permissions: Iterable[Permission]) -> str:
    rows = [_COLUMNS, ("---",) * len(_COLUMNS), *map(_row, permissions)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"## {resource.replace('_', ' ').capitalize()}\n\n{table}\n"


def _row(permission: Permission) -> tuple[str, ...]:
    scopes = ", ".join(permission.scopes)
    meaning = permission.description.replace("|", "\\|")
    return f"`{permission}`", meaning, scopes, _remarks(permission), _holders(permission)


def _remarks(permission: Permission) -> str:
    """Every further attribute that is set: one that is added to the registry is shown too."""
    values = {
        field.name.replace("_", " "): getattr(permission, field.name)
        for field in fields(permission)
        if field.name not in _SHOWN
    }
    return "; ".join(_remark(name, value) for name, value in values.items() if value)


def _remark(name: str, value: Any) -> str:
    if value is True:
        return name
    return f"{name}: {', '.join(value) if isinstance(value, tuple) else value}"


def _holders(permission: Permission) -> str:
    """The system roles by the scope in which they hold it, the widest first."""
    holders: dict[Scope, list[str]] = {}
    for key, role in BY_KEY.items():
        scope = effective(frozenset({key})).get(permission.name)
        if scope is not None:
            holders.setdefault(scope, []).append(role.name)
    return "; ".join(
        f"{scope}: {', '.join(holders[scope])}" for scope in reversed(Scope) if scope in holders
    )
