"""The matrix of roles and permissions: what stands in it, and what somebody chose there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from iac_platform.common.permissions import Permission, Scope, catalogue, declared
from rbac.access.roles import allowances
from rbac.selectors import role_facts
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from rbac.access.roles import RoleFacts
    from rbac.models import Role

NONE = ""
_TEXTS = {NONE: "-", str(Scope.GLOBAL): "all tenants"}


def scope_text(scope: str) -> str:
    """A scope in the words of the admin."""
    return _TEXTS.get(scope, scope)


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen for one role, as a form brought it.

    Attributes:
        revision: the role's when the page was opened; 0, which none has, if it is no number.
        seen: scope by the name of the permission, as the page showed them.
        chosen: likewise, as they came back.
    """

    revision: int
    seen: Mapping[str, str]
    chosen: Mapping[str, str]

    @property
    def changed(self) -> dict[str, str]:
        """What differs from what was shown."""
        return {
            name: scope for name, scope in self.chosen.items() if scope != self.seen.get(name, NONE)
        }


def read_choices(fields: Mapping[str, str], role_id: UUID) -> Choices | None:
    """What a form says of one role; None when it was not there to be changed."""
    if f"revision:{role_id}" not in fields:
        return None
    revision = fields[f"revision:{role_id}"]
    pairs = (pair.split(":") for pair in fields.get(f"seen:{role_id}", "").split())
    cells = ((each.name, f"cell:{role_id}:{each.name}") for each in declared())
    return Choices(
        revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,  # noqa: PLR2004  # PostgreSQL's integer
        seen={pair[0]: pair[1] for pair in pairs if len(pair) == 2},  # noqa: PLR2004  # a pair
        chosen={name: fields[cell] for name, cell in cells if cell in fields},
    )


@dataclass(frozen=True, slots=True)
class Column:
    """One role.

    Attributes:
        role: which.
        own: what it allows by itself: scope by the name of the permission.
        inherited: what it allows because others do: the scope, and which roles lead there.
        editable: whether it is there to be changed.
        choices: what was chosen and refused.
    """

    role: Role
    own: Mapping[str, str]
    inherited: Mapping[str, tuple[str, str]]
    editable: bool = False
    choices: Choices | None = None

    @property
    def revision(self) -> int:
        """The revision that somebody sees here."""
        return self.choices.revision if self.choices else self.role.revision

    @property
    def seen(self) -> str:
        """What it allowed by itself when it was shown, in one field of a form."""
        seen = self.choices.seen if self.choices else self.own
        return " ".join(f"{name}:{scope}" for name, scope in sorted(seen.items()))

    @property
    def changed(self) -> dict[str, str]:
        """What somebody chose otherwise than it was shown."""
        return self.choices.changed if self.choices else {}

    def chosen(self, name: str) -> str:
        """The scope that the role has, or will have, by itself."""
        if self.choices and name in self.choices.chosen:
            return self.choices.chosen[name]
        return self.own.get(name, NONE)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one role says of one permission."""

    column: Column
    permission: Permission

    @property
    def field(self) -> str:
        """The name of its control."""
        return f"cell:{self.column.role.pk}:{self.permission.name}"

    @property
    def label(self) -> str:
        """What its control is called for those who do not see the table."""
        return f"{self.column.role.name}: {self.permission.name}"

    @property
    def chosen(self) -> str:
        """The scope by the role itself."""
        return self.column.chosen(self.permission.name)

    @property
    def shown(self) -> str:
        """The same, in words."""
        return scope_text(self.chosen)

    @property
    def inherited(self) -> str:
        """The scope that comes from other roles, in words."""
        scope, _ = self.column.inherited.get(self.permission.name, (NONE, ""))
        return scope and scope_text(scope)

    @property
    def source(self) -> str:
        """Which roles it comes from."""
        return self.column.inherited.get(self.permission.name, (NONE, ""))[1]


@dataclass(frozen=True, slots=True)
class Row:
    """One permission.

    Attributes:
        permission: which.
        options: what can be chosen, value and text: nothing, and the scopes that it has here.
        cells: what each role says of it.
    """

    permission: Permission
    options: Sequence[tuple[str, str]]
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Group:
    """The permissions on one kind of resource."""

    resource: str
    rows: Sequence[Row]

    @property
    def title(self) -> str:
        """The resource in words."""
        return resource_text(self.resource)


def resource_text(resource: str) -> str:
    """A resource in the words of the admin."""
    return resource.replace("_", " ").capitalize()


def scopes_here(permission: Permission) -> tuple[Scope, ...]:
    """The scopes in which a permission can be held in the current tenant."""
    is_platform = current_tenant().is_platform
    return tuple(each for each in permission.scopes if is_platform or each is not Scope.GLOBAL)


def permissions_here(resource: str = "") -> list[Permission]:
    """The permissions that can be held in the current tenant, all or those on one resource."""
    return [
        each
        for each in declared()
        if scopes_here(each) and (not resource or each.resource == resource)
    ]


def columns(roles: Iterable[Role], names: Mapping[str, str]) -> list[Column]:
    """These roles with what they allow, in three queries.

    Args:
        roles: which.
        names: the names of all of the tenant's roles, by key.
    """
    facts = role_facts()
    return [_column(role, facts, names) for role in roles]


def _column(role: Role, facts: Mapping[UUID, RoleFacts], names: Mapping[str, str]) -> Column:
    is_platform = current_tenant().is_platform
    fact = facts[role.pk]
    if not fact.is_custom:
        allowed = allowances(role.pk, facts, is_platform=is_platform)
        return Column(role, {name: each.scope for name, each in allowed.items()}, {})
    own = {each.name: each.scope for key in fact.permission_ids if (each := catalogue().get(key))}
    without = {**facts, role.pk: replace(fact, permission_ids=())}
    inherited = {
        name: (str(each.scope), " → ".join(names[key] for key in each.path[1:]))
        for name, each in allowances(role.pk, without, is_platform=is_platform).items()
    }
    return Column(role, own, inherited)


def groups(shown: Sequence[Column], permissions: Iterable[Permission]) -> Iterator[Group]:
    """The rows of the matrix, by resource."""
    for resource, found in groupby(permissions, lambda permission: permission.resource):
        yield Group(resource, [_row(each, shown) for each in found])


def _row(permission: Permission, shown: Sequence[Column]) -> Row:
    options = [(each, scope_text(each)) for each in (NONE, *scopes_here(permission))]
    return Row(permission, options, [Cell(column, permission) for column in shown])
