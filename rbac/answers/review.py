"""Who holds what: every user with every grant, for whoever reviews a tenant's access."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from rbac.answers.explanations import names_around
from rbac.answers.standing import standings
from rbac.models import RoleGrant, User
from rbac.selectors import acting_users, role_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from rbac.access.holdings import Grant
    from rbac.access.roles import RoleFacts

BATCH = 200
_DIRECT, _DELEGATED = "direct", "delegated"


@dataclass(frozen=True, slots=True)
class Row:
    """One user and one of their grants, as text; without the grant's part where there is none.

    Attributes:
        acts: whether the user can do anything at all now.
        last_sign_in: with a password, in UTC; empty for never.
        inherits: the keys of all roles that the granted one inherits from.
        origin: ``direct``, ``team`` with the way to it, or ``delegated``.
        projects, environments: ids of what the grant is limited to; empty for no limit.
        project_names, environment_names: names of these that the reader may see.
        counts: whether the grant does: it may not have begun.
    """

    user_id: str
    username: str
    full_name: str
    email: str
    kind: str
    acts: str
    last_sign_in: str
    grant_id: str = ""
    role: str = ""
    inherits: str = ""
    origin: str = ""
    team_path: str = ""
    delegated_by: str = ""
    projects: str = ""
    project_names: str = ""
    environments: str = ""
    environment_names: str = ""
    starts_at: str = ""
    expires_at: str = ""
    counts: str = ""


COLUMNS = tuple(each.name for each in fields(Row))


def review(*, reader: Any) -> Iterator[list[Row]]:
    """All users by name, each with all grants that have not ended, in batches of users.

    A batch costs five statements, and one for names of limits, however many rows it has.
    What changes while it is read may show or not; every user that there is all the while is
    told once.
    """
    roles = role_facts()
    users = _users()
    batch = list(users[:BATCH])
    while batch:
        yield list(_rows(batch, roles, reader))
        batch = list(users.filter(username__gt=batch[-1].username)[:BATCH])


def cells(row: Row) -> tuple[str, ...]:
    """A row in the order of ``COLUMNS``."""
    return astuple(row)


def _users() -> QuerySet[User]:
    acts = Exists(acting_users().filter(pk=OuterRef("pk")))
    users: QuerySet[User] = User.objects.annotate(acts=acts)
    return users.order_by("username")


def _rows(users: list[User], roles: Mapping[UUID, RoleFacts], reader: Any) -> Iterator[Row]:
    held = standings(users, RoleGrant.objects.current_or_coming())
    grants = (grant for each in held.values() for grant in each.grants)
    names = names_around(grants, reader=reader)
    now = timezone.now()
    for user in users:
        about = _about(user)
        granted = [_granted(grant, roles, names, now) for grant in held[user.pk].grants]
        yield from (Row(**about, **each) for each in granted or [{}])


def _about(user: User) -> dict[str, str]:
    return {
        "user_id": str(user.pk),
        "username": user.username,
        "full_name": user.full_name,
        "email": user.email,
        "kind": user.kind,
        "acts": _yes_or_no(user.acts),  # type: ignore[attr-defined]  # annotated
        "last_sign_in": _moment(user.last_login),
    }


def _granted(
    grant: Grant, roles: Mapping[UUID, RoleFacts], names: Mapping[UUID, str], now: datetime
) -> dict[str, str]:
    giver = grant.delegated_by
    origin = "team" if grant.team_path else _DIRECT if giver is None else _DELEGATED
    return {
        "grant_id": str(grant.id),
        "role": grant.role_key,
        "inherits": " ".join(_inherited(grant.role_id, roles)),
        "origin": origin,
        "team_path": " > ".join(grant.team_path),
        "delegated_by": names.get(giver, "") if giver else "",
        "projects": _ids(grant.limits.projects),
        "project_names": _names(grant.limits.projects, names),
        "environments": _ids(grant.limits.environments),
        "environment_names": _names(grant.limits.environments, names),
        "starts_at": _moment(grant.period.starts_at),
        "expires_at": _moment(grant.period.expires_at),
        "counts": _yes_or_no(grant.period.includes(now)),
    }


def _inherited(role_id: UUID, roles: Mapping[UUID, RoleFacts]) -> list[str]:
    """The keys of all roles that a role inherits from, near or far."""
    seen, beyond = {role_id}, [role_id]
    while beyond:
        facts = roles.get(beyond.pop())
        new = set(facts.parents if facts else ()) - seen
        seen |= new
        beyond += new
    return sorted(roles[each].key for each in seen - {role_id} if each in roles)


def _ids(values: Iterable[UUID] | None) -> str:
    return " ".join(sorted(map(str, values or ())))


def _names(values: Iterable[UUID] | None, names: Mapping[UUID, str]) -> str:
    return "; ".join(sorted(names[each] for each in values or () if each in names))


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"
