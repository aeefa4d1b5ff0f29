"""Reading what somebody holds: one statement, and none while nothing changes.

What is read is kept in the process under the tenant's *stamp*, a random value that each
change of access replaces in its own transaction (``rbac.services.access``). Requests learn
the stamp with the user (``rbac.selectors``), so whatever was read before a change is never
asked again. What ends by the clock is kept with its end, and compared with the clock at each
question.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection

from rbac.access.holdings import Access, Grant, Limits, Period, entitlements
from rbac.access.roles import RoleFacts, allowances
from tenants.models import PLATFORM_TENANT_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HELD = """
    WITH RECURSIVE memberships AS (
        SELECT t.id, t.name, t.ancestors FROM team_members m
          JOIN teams t ON t.id = m.team_id WHERE m.user_id = %(user)s
    ), my_teams AS (
        SELECT id FROM memberships UNION SELECT unnest(ancestors) FROM memberships
    ), mine AS (
        SELECT * FROM user_roles WHERE user_id = %(user)s
           AND (expires_at IS NULL OR expires_at > now())
        UNION ALL
        SELECT g.* FROM user_roles g JOIN my_teams t ON t.id = g.team_id
         WHERE g.expires_at IS NULL OR g.expires_at > now()
    ), my_roles (id) AS (
        SELECT role_id FROM mine
        UNION
        SELECT p.parent_id FROM role_parents p JOIN my_roles r ON r.id = p.role_id
    )
    SELECT
        (SELECT coalesce(json_agg(json_build_object(
            'id', id, 'role', role_id, 'team', team_id, 'projects', projects,
            'environments', environments, 'starts_at', starts_at, 'expires_at', expires_at,
            'delegated_by', delegated_by_id
         ) ORDER BY created_at, id), '[]') FROM mine),
        (SELECT coalesce(json_agg(json_build_object(
            'id', r.id, 'key', r.key, 'is_custom', r.is_custom,
            'permissions', array(SELECT permission_id FROM role_permissions
                                  WHERE role_id = r.id),
            'parents', array(SELECT parent_id FROM role_parents WHERE role_id = r.id)
         )), '[]') FROM roles r JOIN my_roles USING (id)),
        (SELECT coalesce(json_agg(json_build_object(
            'id', id, 'ancestors', ancestors)), '[]') FROM memberships),
        (SELECT coalesce(json_object_agg(t.id, t.name), '{}')
           FROM teams t JOIN my_teams USING (id)),
        (SELECT coalesce(json_agg(id), '[]') FROM users WHERE owner_id = %(user)s),
        (SELECT stamp FROM access_stamps WHERE tenant_id = %(tenant)s)
"""


class AccessCache:
    """What was read last, by tenant, user and stamp; the least used goes first.

    Attributes:
        size: for how many users something is kept.
        most: how much may be kept of all together, see ``Access.weight``; without it one
            tenant of many grants would fill the memory that all share.
        weight: how much is.
    """

    def __init__(self, size: int, weight: int) -> None:
        self.size, self.most, self.weight = size, weight, 0
        self._entries: OrderedDict[tuple[UUID, UUID, UUID], Access] = OrderedDict()
        # Threads of one worker share it.
        self._lock = Lock()

    def get(self, key: tuple[UUID, UUID, UUID]) -> Access | None:
        """What is kept under a key."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
            return found

    def clear(self) -> None:
        """Forget everything, as a process does that starts."""
        with self._lock:
            self._entries.clear()
            self.weight = 0

    def put(self, key: tuple[UUID, UUID, UUID], access: Access) -> None:
        """Keep something."""
        if access.weight > self.most:
            return
        with self._lock:
            if (before := self._entries.pop(key, None)) is not None:
                self.weight -= before.weight
            self._entries[key] = access
            self.weight += access.weight
            while len(self._entries) > self.size or self.weight > self.most:
                _, gone = self._entries.popitem(last=False)
                self.weight -= gone.weight


# Some 5 kB each, of a weight of about 20; all together less than 100 MB.
access_cache = AccessCache(4096, weight=400_000)


def access_of(user_id: UUID, tenant_id: UUID, stamp: UUID | None) -> Access:
    """What a user of the current tenant holds.

    Args:
        user_id: who.
        tenant_id: the tenant whose scope this is.
        stamp: as it was read before; None reads afresh and keeps nothing.
    """
    if stamp is None:
        return _read(user_id, tenant_id)[0]
    key = (tenant_id, user_id, stamp)
    access = access_cache.get(key)
    if access is None:
        access, seen = _read(user_id, tenant_id)
        # Another one means that access changes, perhaps in this very transaction, which
        # may yet be undone.
        if seen == stamp:
            access_cache.put(key, access)
    return access


def _read(user_id: UUID, tenant_id: UUID) -> tuple[Access, UUID | None]:
    """What the user holds, and the stamp that stands beside it."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"user": user_id, "tenant": tenant_id})
        grants, roles, memberships, names, accounts, stamp = cursor.fetchone()
    facts = {fact.id: fact for fact in map(_role, roles)}
    paths = team_paths(memberships, names)
    held = tuple(_grant(row, facts, paths) for row in grants)
    is_platform = tenant_id == PLATFORM_TENANT_ID
    allowed = {
        role_id: allowances(role_id, facts, is_platform=is_platform)
        for role_id in {grant.role_id for grant in held}
    }
    mine = frozenset(map(UUID, accounts))
    return Access(entitlements(held, allowed), frozenset(paths), held, mine), stamp


def _role(row: Mapping[str, Any]) -> RoleFacts:
    return RoleFacts(
        id=UUID(row["id"]),
        key=row["key"],
        is_custom=row["is_custom"],
        permission_ids=tuple(map(UUID, row["permissions"])),
        parents=tuple(map(UUID, row["parents"])),
    )


def _grant(
    row: Mapping[str, Any],
    roles: Mapping[UUID, RoleFacts],
    paths: Mapping[UUID, tuple[str, ...]],
) -> Grant:
    role_id = UUID(row["role"])
    return Grant(
        id=UUID(row["id"]),
        role_id=role_id,
        role_key=roles[role_id].key,
        limits=Limits(_ids(row["projects"]), _ids(row["environments"])),
        period=Period(_moment(row["starts_at"]), _moment(row["expires_at"])),
        team_path=paths[UUID(row["team"])] if row["team"] else (),
        delegated_by=UUID(row["delegated_by"]) if row["delegated_by"] else None,
    )


def team_paths(
    memberships: Iterable[Mapping[str, Any]], names: Mapping[str, str]
) -> dict[UUID, tuple[str, ...]]:
    """The way from one's own team to each that it is part of, by the latter's id."""
    paths: dict[UUID, tuple[str, ...]] = {}
    for team in memberships:
        path: tuple[str, ...] = ()
        for step in (team["id"], *team["ancestors"]):
            path = (*path, names[step])
            known = paths.get(UUID(step))
            if known is None or len(path) < len(known):
                paths[UUID(step)] = path
    return paths


def _ids(values: Iterable[str] | None) -> frozenset[UUID] | None:
    return None if values is None else frozenset(map(UUID, values))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
