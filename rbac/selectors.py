"""Reading users with the stamp of their tenant's access, and roles with what they allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, OuterRef, Q, Subquery

from iac_platform.common.compiled_queries import CompiledQuery
from iac_platform.common.json_rows import row_of
from iac_platform.common.permissions import Scope
from rbac.access.holdings import Grant, entitlements
from rbac.access.roles import RoleFacts, allowances
from rbac.models import (
    AccessStamp,
    ApiToken,
    Role,
    RoleGrant,
    RoleParent,
    RolePermission,
    SupportAccess,
    Team,
    TeamMember,
    User,
    UserKind,
)
from tenants.context import current_tenant
from tenants.database.lookups import TOKEN_WITH_DIGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from iac_platform.common.audit import Actor
    from iac_platform.gateway.credentials import Credential, Shown
    from rbac.access.holdings import Entitlement
    from rbac.access.roles import Allowance

# The stamp of the tenant whose row it stands beside.
_STAMP = Subquery(AccessStamp.objects.filter(tenant_id=OuterRef("tenant_id")).values("stamp")[:1])


def acting_users() -> QuerySet[User]:
    """The users of the current tenant who can do anything at all.

    The operator's staff are among them while their access lasts.
    """
    access = SupportAccess.objects.live().filter(user_id=OuterRef("pk"))
    is_welcome = ~Q(kind=UserKind.SUPPORT) | Q(Exists(access))
    users: QuerySet[User] = User.objects.filter(is_welcome, is_active=True)
    return users


# Every request with a session, or with a token that was not read yet, asks one of these.
_USER: CompiledQuery[User] = CompiledQuery(
    lambda key: acting_users().filter(pk=key).annotate(seen_stamp=_STAMP), UUID
)
_TOKEN = f"SELECT * FROM public.{TOKEN_WITH_DIGEST}(%s)"  # noqa: S608  # a constant


def user_by_id(user_id: UUID) -> User | None:
    """An active user of the current tenant, and what tells whether their rights changed."""
    row = _USER.first(user_id)
    return _with_stamp(row, row)


def creator(actor: Actor) -> User | None:
    """The user to note as a row's creator; the platform itself is none."""
    return actor if isinstance(actor, User) else None


def principal(audit_id: str) -> User | None:
    """The active user of the current tenant whom the audit log calls so; None for others."""
    kind, _, key = audit_id.partition(":")
    return user_by_id(UUID(key)) if kind == "user" else None


def user_with_standing(**condition: Any) -> tuple[User, bool] | None:
    """One user of the current tenant, with their stamp, and whether they can act at all."""
    acting = Exists(acting_users().filter(pk=OuterRef("pk")))
    users = User.objects.filter(**condition).annotate(seen_stamp=_STAMP, acts=acting)
    user = _with_stamp(row := users.first(), row)
    return None if user is None else (user, bool(user.acts))  # type: ignore[attr-defined]  # annotated


def token_by_digest(digest: str) -> ApiToken | None:
    """A live token with its active user, likewise, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_TOKEN, [digest])
        found = cursor.fetchone()
    return _token_of(found) if found else None


def token_shown(credential: Credential, shown: Shown | None) -> ApiToken | None:
    """The token that is shown, which may have been read along with its tenant."""
    if shown is None or shown.credential != credential:
        return token_by_digest(credential.digest)
    return _token_of(shown.kept)


def _token_of(row: Sequence[Any]) -> ApiToken | None:
    """The token in a row of ``tenants.database.lookups.TOKEN_WITH_DIGEST``."""
    columns, of_user, stamp = row
    if columns is None:
        return None
    token, user = row_of(ApiToken, columns), row_of(User, of_user)
    token.user, user.through, user.access_stamp = user, token, stamp
    return token


def _with_stamp(user: User | None, row: object) -> User | None:
    if user is not None:
        user.access_stamp = getattr(row, "seen_stamp")  # noqa: B009  # annotated
    return user


def teams_of_members(team: Team) -> frozenset[UUID]:
    """All teams that anybody is in who is in this one or in a part of it."""
    inside = Q(team=team) | Q(team__ancestors__contains=[team.pk])
    members = TeamMember.objects.filter(inside).values("user_id")
    rows = Team.objects.filter(memberships__user_id__in=members).values_list("pk", "ancestors")
    return frozenset(key for pk, ancestors in rows.distinct() for key in (pk, *ancestors))


def teams_of_users(user_ids: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The teams that each user is in, and those that these are part of, by the user's id."""
    found: dict[UUID, set[UUID]] = {user_id: set() for user_id in user_ids}
    rows = TeamMember.objects.filter(user_id__in=list(found))
    for user_id, team_id, above in rows.values_list("user_id", "team_id", "team__ancestors"):
        found[user_id].update((team_id, *above))
    return {user_id: frozenset(teams) for user_id, teams in found.items()}


def held_in_team(team: Team) -> dict[str, list[Entitlement]]:
    """What people in a team, or in a part of it, hold in their teams, by the permission's name."""
    facts = role_facts()
    if not any(Scope.TEAM in each.own().values() for each in facts.values()):
        return {}
    inside = Q(team=team) | Q(team__ancestors__contains=[team.pk])
    members = TeamMember.objects.filter(inside).values("user_id")
    rows = RoleGrant.objects.current_or_coming().select_related("role")
    theirs = Q(user_id__in=members) | Q(team_id__in=teams_of_members(team))
    grants = [as_holding(grant) for grant in rows.filter(theirs)]
    given = entitlements(grants, allowed_by({grant.role_id for grant in grants}, facts))
    found = {
        name: [path for path in paths if path.scope is Scope.TEAM] for name, paths in given.items()
    }
    return {name: paths for name, paths in found.items() if paths}


def granted_role(users: QuerySet[User], key: str) -> QuerySet[User]:
    """Those of these users to whom a role is granted now, each once however often it is."""
    grants = RoleGrant.objects.current().filter(user_id=OuterRef("pk"), role__key=key)
    return users.filter(Exists(grants))


def role_facts() -> dict[UUID, RoleFacts]:
    """All roles of the current tenant, for ``rbac.access``, in one query."""
    of_role = {"role_id": OuterRef("pk")}
    permissions = RolePermission.objects.filter(**of_role).values("permission_id")
    parents = RoleParent.objects.filter(**of_role).values("parent_id")
    rows = Role.objects.order_by().values_list(
        "pk", "key", "is_custom", ArraySubquery(permissions), ArraySubquery(parents)
    )
    return {
        key: RoleFacts(key, name, is_custom, tuple(held), tuple(above))
        for key, name, is_custom, held, above in rows
    }


def allowed_by(
    role_ids: Iterable[UUID], facts: Mapping[UUID, RoleFacts] | None = None
) -> dict[UUID, dict[str, Allowance]]:
    """What roles of the current tenant allow, with what they inherit, by id and name."""
    known = role_facts() if facts is None else facts
    is_platform = current_tenant().is_platform
    return {key: allowances(key, known, is_platform=is_platform) for key in role_ids}


def as_holding(grant: RoleGrant) -> Grant:
    """A grant for ``rbac.access``."""
    return Grant(
        id=grant.pk,
        role_id=grant.role_id,
        role_key=grant.role.key,
        limits=grant.limits,
        period=grant.period,
        delegated_by=grant.delegated_by_id,
    )
