"""Creating, changing and deleting the groups of a directory, and what they give.

Under the tenant's lock of access, as of ``services.users``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from iac_platform.common.changes import require_valid
from rbac.names import key_of
from rbac.services.audit import record
from sso.provisioning.models import RoleSync
from sso.provisioning.selectors import mapping_of
from sso.scim.errors import InvalidResource, ResourceTaken, TooManyResources
from sso.scim.models import ScimGroup, ScimMember, ScimUser
from sso.scim.selectors import groups, people
from sso.scim.services.users import sync_groups

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sso.scim.models import ScimDirectory
    from sso.scim.services.clients import ScimClient

MOST_GROUPS = 5_000
MOST_MEMBERS = 20_000
_MOST_NAMED = 20  # in an entry of the audit log


@dataclass(frozen=True, slots=True)
class Described:
    """A group as a client describes it.

    Attributes:
        display_name: what people call it, and mappings.
        external_id: the provider's own id of it; mappings may use it as well.
        members: ids of people of the directory.
    """

    display_name: str
    external_id: str = ""
    members: tuple[str, ...] = ()


def create_group(client: ScimClient, described: Described) -> ScimGroup:
    """Add a group to a directory.

    Raises:
        ResourceTaken: another group has its name, or its external id.
        InvalidResource: somebody in it is not known.
        TooManyResources: there are as many groups, or members, as there may be.
    """
    directory = client.directory
    if groups(directory).count() >= MOST_GROUPS:
        raise TooManyResources(f"A directory has at most {MOST_GROUPS:,} groups.")
    group = ScimGroup(directory=directory)
    _describe(group, described)
    _require_free(directory, described)
    group.save(force_insert=True)
    joined, _ = _set_members(group, described.members)
    _touch(joined)
    record("scim_group.create", group, actor=client, changes=_changes(group, joined, []))
    _sync(group.names, joined, client)
    return group


def update_group(group: ScimGroup, described: Described, *, client: ScimClient) -> ScimGroup:
    """Take over what a client says of a group now; without a difference nothing happens.

    Raises:
        ResourceTaken, InvalidResource, TooManyResources: see ``create_group``.
    """
    names = group.names
    is_renamed = _describe(group, described)
    _require_free(group.directory, described, but=group)
    joined, left = _set_members(group, described.members)
    if not (is_renamed or joined or left):
        return group
    group.revision += 1
    group.save()
    record("scim_group.update", group, actor=client, changes=_changes(group, joined, left))
    affected = _members(group) + left if is_renamed else joined + left
    _touch(affected)
    _sync(names | group.names, affected, client)
    return group


def delete_group(group: ScimGroup, *, client: ScimClient) -> None:
    """Delete a group; what it gave its members is taken, where the mapping says so."""
    members, names = _members(group), group.names
    record("scim_group.delete", group, actor=client, changes=_changes(group, [], members))
    _touch(members)
    group.delete()
    _sync(names, members, client)


def _describe(group: ScimGroup, described: Described) -> bool:
    """Set the names; whether one is new."""
    before = (group.display_name, group.external_id)
    group.display_name, group.external_id = described.display_name, described.external_id
    require_valid(group)
    return before != (group.display_name, group.external_id)


def _require_free(
    directory: ScimDirectory, described: Described, but: ScimGroup | None = None
) -> None:
    others = groups(directory).exclude(pk=but.pk) if but is not None else groups(directory)
    if others.filter(display_name_key=key_of(described.display_name)).exists():
        raise ResourceTaken.at("displayName", "There is a group of this name.", code="taken")
    if described.external_id and others.filter(external_id=described.external_id).exists():
        raise ResourceTaken.at("externalId", "Another group has this external id.", code="taken")


def _members(group: ScimGroup) -> list[ScimUser]:
    """Those in it whom SCIM may see."""
    return list(people(group.directory).filter(memberships__group=group))


def _set_members(
    group: ScimGroup, wanted: Collection[str]
) -> tuple[list[ScimUser], list[ScimUser]]:
    """Have exactly these be in it; who joined, and who left."""
    if len(wanted) > MOST_MEMBERS:
        raise TooManyResources(f"A group has at most {MOST_MEMBERS:,} members.")
    ids = _ids(wanted)
    now = {row.pk: row for row in _members(group)}
    joined = _known(group.directory, ids - now.keys())
    left = [row for pk, row in now.items() if pk not in ids]
    ScimMember.objects.bulk_create(ScimMember(group=group, user=row) for row in joined)
    if left:
        ScimMember.objects.filter(group=group, user__in=left).delete()
    return joined, left


def _ids(wanted: Iterable[str]) -> set[UUID]:
    try:
        return {UUID(each) for each in wanted}
    except ValueError as error:
        raise _unknown() from error


def _known(directory: ScimDirectory, ids: Collection[UUID]) -> list[ScimUser]:
    found = list(people(directory).filter(pk__in=ids)) if ids else []
    if len(found) < len(ids):
        raise _unknown()
    return found


def _unknown() -> InvalidResource:
    return InvalidResource.at("members", "Members are users, by the ids that SCIM gave them.")


def _touch(users: Iterable[ScimUser]) -> None:
    """Whoever shows a user shows their groups as well."""
    ids = [row.pk for row in users]
    if ids:
        ScimUser.objects.filter(pk__in=ids).update(
            revision=F("revision") + 1, updated_at=timezone.now()
        )


def _sync(names: Collection[str], users: Collection[ScimUser], client: ScimClient) -> None:
    """Have roles and teams follow, if the mapping knows a group of these names."""
    mapping = mapping_of(client.directory.provider())
    mapped = {entry["group"] for entry in mapping.group_roles}
    if users and mapping.role_sync != RoleSync.OFF and not mapped.isdisjoint(names):
        sync_groups(users, client=client)


def _changes(group: ScimGroup, joined: list[ScimUser], left: list[ScimUser]) -> dict[str, Any]:
    """What the audit log says of a group."""
    changes: dict[str, Any] = {"display_name": group.display_name}
    for name, rows in (("joined", joined), ("left", left)):
        if rows:
            changes[name] = sorted(row.user_name for row in rows)[:_MOST_NAMED]
            changes[f"{name}_count"] = len(rows)
    return changes
