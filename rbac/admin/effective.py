"""The page that tells what a user may do, and where they have it from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.template.response import TemplateResponse

from iac_platform.admin.actions import ActingAdmin, page
from iac_platform.common.permissions import declared
from rbac.admin.grants_display import (
    grant_address,
    grants_table,
    limits_text,
    period_text,
)
from rbac.admin.matrix import resource_text
from rbac.admin.scopes import scope_badge
from rbac.answers.explanations import explain, holdings_of, user_named
from rbac.models import Role, RoleGrant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    from iac_platform.common.permissions import Permission
    from rbac.access.holdings import Entitlement, Grant
    from rbac.answers.explanations import Held, Holdings
    from rbac.models import User


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called that are known by id or key."""

    roles: Mapping[str, str]
    places: Mapping[UUID, str]
    users: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class AccessPathRow:
    """One way of holding a permission, in words.

    Attributes:
        grant: the address of the grant's page.
        role: the granted role, and by which others the permission comes from it.
        holder: to whom it is granted: the user, or a team by way of others.
        passed_on_by: who passed it on; empty for a grant.
        scope, limits, period: how far it reaches, where and when.
    """

    grant: str
    role: str
    holder: str
    passed_on_by: str
    scope: SafeString
    limits: str
    period: str


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One permission with all ways of holding it."""

    permission: Permission
    scope: SafeString
    paths: Sequence[AccessPathRow]


@dataclass(frozen=True, slots=True)
class GroupShown:
    """The permissions on one kind of resource."""

    title: str
    rows: Sequence[HeldRow]


class TellsPermissions(ActingAdmin):
    """Adds a page to the admin of users on which one reads what a user may do, and why."""

    def may(self, request: HttpRequest, verb: str, obj: Any = None) -> bool:
        """As declared; and everybody is told what they hold themselves."""
        of_oneself = verb == "explain" and obj is not None and obj == request.user
        return of_oneself or super().may(request, verb, obj)

    @page(title="Effective permissions", verb="explain", icon="fact_check")
    def effective(self, request: HttpRequest, user: User) -> HttpResponseBase:
        """All that the user may do now, and on request why they may do one thing or may not."""
        subject, acts = user_named(str(user.pk))
        holdings = holdings_of(subject, reader=request.user)
        asked = {each.name: each for each in declared()}.get(request.GET.get("permission", ""))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": f"Effective permissions of {subject}",
            "object": subject,
            "acts": acts,
            "groups": list(_groups(holdings, _names(holdings))),
            "withheld": holdings.withheld.items(),
            "grants": grants_table(_grants(subject)),
            "permissions": [each.name for each in declared()],
            "asked": asked,
            "answer": asked and explain(subject, asked, acts=acts, reader=request.user),
            "is_fullwidth": "1",
        }
        return TemplateResponse(
            request, "rbac/effective.html", context, headers={"Cache-Control": "no-store"}
        )


def _grants(user: User) -> Iterator[RoleGrant]:
    """The user's grants and their teams', those that ended and are to come too."""
    theirs = Q(user=user) | Q(team_id__in=user.access.team_ids)
    grants = RoleGrant.objects.filter(theirs).select_related("role", "team", "user")
    yield from grants.order_by("role__name", "pk")


def _names(holdings: Holdings) -> Names:
    """The names of all that is told."""
    return Names(
        roles=dict(Role.objects.values_list("key", "name")),
        places=holdings.names,
        users=holdings.names,
    )


def _groups(holdings: Holdings, names: Names) -> Iterator[GroupShown]:
    for resource, found in groupby(holdings.held, lambda held: held.permission.resource):
        yield GroupShown(resource_text(resource), [_held(each, names) for each in found])


def _held(held: Held, names: Names) -> HeldRow:
    paths = [_path_row(path, grant, names) for path, grant in held.paths]
    return HeldRow(held.permission, scope_badge(held.scope), paths)


def _path_row(path: Entitlement, grant: Grant, names: Names) -> AccessPathRow:
    roles = path.origin.role_path if path.origin else (grant.role_key,)
    giver = grant.delegated_by
    return AccessPathRow(
        grant=grant_address(grant.id),
        role=" → ".join(names.roles.get(key, key) for key in roles),
        holder=f"team {' → '.join(grant.team_path)}" if grant.team_path else "directly",
        passed_on_by=names.users.get(giver, "somebody who is gone") if giver else "",
        scope=scope_badge(path.scope),
        limits=limits_text(path.limits, names.places),
        period=period_text(grant.period),
    )
