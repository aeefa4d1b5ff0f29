"""The roles of a tenant: the platform's, and those that it makes itself."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.utils.text import slugify

from iac_platform.common.changes import changing, create, deleting, require_valid
from iac_platform.common.permissions import (
    Scope,
    ScopedPermission,
    UnknownPermission,
    catalogue,
    get,
)
from rbac.errors import InvalidRole, RoleInUse, RoleIsFixed, RoleNameTaken, UnknownRole
from rbac.models import AccessStamp, Role, RoleParent, RolePermission
from rbac.names import key_of
from rbac.permissions import CREATE_ROLE, DELETE_ROLE, UPDATE_ROLE
from rbac.selectors import role_facts
from rbac.services.access import access_change, require_covers_role
from rbac.system_roles import BY_KEY
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from iac_platform.common.audit import Actor

MOST_ROLES = 200
MOST_PARENTS = 10


def install_system_roles() -> None:
    """Give the current tenant the roles that the platform defines, and a stamp. Idempotent."""
    is_platform = current_tenant().is_platform
    wanted = [role for role in BY_KEY.values() if is_platform or not role.operator_only]
    Role.objects.bulk_create(
        [Role(key=role.key, name=role.name, description=role.description) for role in wanted],
        ignore_conflicts=True,
    )
    AccessStamp.objects.bulk_create([AccessStamp(stamp=uuid.uuid4())], ignore_conflicts=True)


def find_role(key: str) -> Role:
    """A role of the current tenant, by its key.

    Raises:
        UnknownRole: there is none; the detail lists those that exist.
    """
    (role,) = _find_roles([key]).values()
    return role


def _find_roles(keys: Iterable[str]) -> dict[UUID, Role]:
    """Roles by their ids; the error is that of ``find_role``."""
    known = {role.key: role for role in Role.objects.all()}
    found = {}
    for key in keys:
        if key not in known:
            raise UnknownRole(
                f"There is no role with the key {key!r}. The keys are: {', '.join(sorted(known))}."
            )
        found[known[key].pk] = known[key]
    return found


def create_role(
    *,
    name: str,
    actor: Actor,
    description: str = "",
    permissions: Mapping[str, str] | None = None,
    inherits: Iterable[str] = (),
) -> Role:
    """Make a role of the tenant's own.

    Args:
        name: what people read; the key is made from it and stays.
        actor: who makes it; may put in only what they hold for the whole tenant.
        description: who it is for.
        permissions: scope by the name of the permission.
        inherits: keys of roles whose permissions it has too.

    Raises:
        InvalidRole: a permission, scope or name does not fit, or there are too many roles.
        RoleNameTaken: the tenant has a role of this name.
        UnknownRole: it would inherit from none that exists.
        CannotGrant: it would allow what the actor may not do.
    """
    # Whoever has a role may be anybody, so all of it must be held for the whole tenant.
    with access_change(actor, CREATE_ROLE) as held:
        if Role.objects.count() >= MOST_ROLES:
            raise InvalidRole(f"A tenant has at most {MOST_ROLES} roles.")
        role = Role(key=_new_key(name), name=name, description=description, is_custom=True)
        _require_free(role)
        parents = _find_roles(inherits)
        own = [_scoped(each, scope) for each, scope in (permissions or {}).items()]
        create(
            role,
            actor=actor,
            permission=CREATE_ROLE,
            describe=lambda each: {
                "name": each.name,
                "permissions": sorted(f"{each.name}:{each.scope}" for each in own),
                "inherits": sorted(parent.key for parent in parents.values()),
            },
        )
        _set(role, permissions=own, parents=parents)
        require_covers_role(held, role)
    return role


def update_role(
    role: Role, *, actor: Actor, changes: Mapping[str, Any], revision: int | None = None
) -> Role:
    """Change a role of the tenant's own; all who have it have what it allows from then on.

    Without a difference nothing happens.

    Args:
        role: which one.
        actor: who changes it; must hold for the whole tenant all that it allows before
            and after.
        changes: new values of ``name``, ``description``, ``permissions`` and ``inherits``,
            as for ``create_role``; the last two replace what there was.
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        RoleIsFixed: the role is the platform's.
        RevisionConflict: it changed since.
        InvalidRole, RoleNameTaken, UnknownRole, CannotGrant: see ``create_role``.
        LastAdmin: nobody would be left to administer the tenant.
    """
    with (
        access_change(actor, UPDATE_ROLE) as held,
        changing(
            role, actor=actor, permission=UPDATE_ROLE, revision=revision, describe=_described
        ) as draft,
    ):
        _require_custom(draft)
        require_covers_role(held, draft)
        if changes.get("name", draft.name) != draft.name:
            draft.name = changes["name"]
            _require_free(draft)
        draft.description = changes.get("description", draft.description)
        own = None
        if changes.get("permissions") is not None:
            own = [_scoped(each, scope) for each, scope in changes["permissions"].items()]
        parents = _find_roles(changes["inherits"]) if "inherits" in changes else None
        _set(draft, permissions=own, parents=parents)
        require_covers_role(held, draft)
    return draft


def delete_role(role: Role, *, actor: Actor, revision: int | None = None) -> None:
    """Remove a role of the tenant's own that nobody has and none inherits.

    Raises:
        RoleIsFixed, RevisionConflict, CannotGrant: see ``update_role``.
        RoleInUse: somebody has it, or a role inherits from it; the detail says how many.
    """
    with (
        access_change(actor, DELETE_ROLE) as held,
        deleting(
            role, actor=actor, permission=DELETE_ROLE, revision=revision, describe=_described
        ) as fresh,
    ):
        _require_custom(fresh)
        require_covers_role(held, fresh)
        grants, heirs = fresh.grants.count(), fresh.heir_links.count()
        if grants or heirs:
            raise RoleInUse(
                f"It is granted {grants} times and {heirs} roles inherit from it. "
                "Revoke and change these first."
            )


def _require_custom(role: Role) -> None:
    if not role.is_custom:
        raise RoleIsFixed("It is one of the platform's. Make a role that inherits from it.")


def _new_key(name: str) -> str:
    """A key that no role has; never one that the platform may give to a role of its own."""
    key = f"custom-{slugify(name)[:40] or 'role'}"
    taken = set(Role.objects.filter(key__gte=key, key__lt=key + "~").values_list("key", flat=True))
    numbered = (f"{key}-{number}" for number in range(2, MOST_ROLES + 2))
    return next(each for each in (key, *numbered) if each not in taken)


def _require_free(role: Role) -> None:
    """Refuse a name that people could take for another role, or that another is found by."""
    require_valid(role, fields=["name"])
    key = key_of(role.name)
    others = Role.objects.exclude(pk=role.pk)
    if any(key in {key_of(other.name), other.key} for other in others.only("name", "key")):
        raise RoleNameTaken(f"There is a role called {role.name!r} already.")


def _set(
    role: Role,
    *,
    permissions: Iterable[ScopedPermission] | None,
    parents: Mapping[UUID, Role] | None,
) -> None:
    """Replace what a role allows, as far as it is given."""
    if permissions is not None:
        RolePermission.objects.filter(role=role).delete()
        RolePermission.objects.bulk_create(
            [RolePermission(role=role, permission_id=each.id) for each in permissions]
        )
    if parents is not None:
        _require_no_circle(role, parents)
        RoleParent.objects.filter(role=role).delete()
        RoleParent.objects.bulk_create(
            [RoleParent(role=role, parent=parent) for parent in parents.values()]
        )


def _scoped(name: str, scope: str) -> ScopedPermission:
    try:
        permission = get(name)
    except UnknownPermission as error:
        raise InvalidRole.at(f"permissions/{name}", "There is no such permission.") from error
    possible = [
        each
        for each in permission.scopes
        if each is not Scope.GLOBAL or current_tenant().is_platform
    ]
    if scope not in possible:
        held_as = ", ".join(possible) or "nothing here"
        raise InvalidRole.at(f"permissions/{name}", f"It can be held as: {held_as}.")
    return ScopedPermission(name, Scope(scope))


def _require_no_circle(role: Role, parents: Mapping[UUID, Role]) -> None:
    if len(parents) > MOST_PARENTS:
        raise InvalidRole(f"A role inherits from at most {MOST_PARENTS} others.")
    facts, above, waiting = role_facts(), set[object](), list(parents)
    while waiting:
        current = waiting.pop()
        if current == role.pk:
            raise InvalidRole("It would inherit from itself.")
        if current not in above:
            above.add(current)
            waiting.extend(facts[current].parents)


def _described(role: Role) -> dict[str, Any]:
    """What the audit log says of a role: what it allows by itself, and inherits."""
    facts = role_facts()
    own, parents = facts[role.pk].permission_ids, facts[role.pk].parents
    known = [catalogue()[each] for each in own if each in catalogue()]
    return {
        "name": role.name,
        "description": role.description,
        "permissions": sorted(f"{each.name}:{each.scope}" for each in known),
        "inherits": sorted(facts[parent].key for parent in parents),
    }
