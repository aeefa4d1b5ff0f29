"""The page on which the permissions of several roles are compared and chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.decorators import action

from iac_platform.admin.actions import ActingAdmin
from iac_platform.admin.forms import wording
from iac_platform.common.errors import DomainError
from iac_platform.gateway.actors import actor_of
from rbac.admin.matrix import (
    Column,
    columns,
    groups,
    permissions_here,
    read_choices,
    resource_text,
)
from rbac.services.roles import update_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import Permission
    from rbac.models import Role

ROLES_PER_PAGE = 8
MOST_ROLES = 12
# Django refuses forms of more than 1,000 fields.
MOST_CELLS = 900


@dataclass(frozen=True, slots=True)
class Selection:
    """What of the matrix is shown.

    Attributes:
        roles: the columns.
        permissions: the rows.
        resource: the one whose permissions are shown; empty for all.
        chosen: the keys of the roles that were asked for by name.
        page: of all roles, when none was asked for.
    """

    roles: Sequence[Role]
    permissions: Sequence[Permission]
    resource: str
    chosen: Sequence[str]
    page: Any = None


def select(every: Sequence[Role], request: HttpRequest) -> Selection:
    """What an address asks for: some roles or the next few, one resource or all."""
    resource = request.GET.get("resource", "")
    permissions = permissions_here(resource) or permissions_here()
    most = max(1, min(MOST_ROLES, MOST_CELLS // len(permissions)))
    wanted = set(request.GET.getlist("role"))
    roles = [role for role in every if role.key in wanted][:most]
    chosen = [role.key for role in roles]
    if roles:
        return Selection(roles, permissions, resource, chosen)
    page = Paginator(every, min(most, ROLES_PER_PAGE)).get_page(request.GET.get("page"))
    return Selection(list(page), permissions, resource, chosen, page)


class HasMatrix(ActingAdmin):
    """Adds the matrix to the list of roles."""

    actions_list: ClassVar = ["matrix"]

    @action(description="Matrix of permissions", icon="grid_on", permissions=["view"])  # type: ignore[untyped-decorator]  # unfold is published without types
    def matrix(self, request: HttpRequest) -> HttpResponseBase:
        """Show the matrix, or save what was chosen in it: for all roles, or for none."""
        every = sorted(self.get_queryset(request), key=lambda role: (not role.is_custom, role.name))
        selection = select(every, request)
        if request.method == "POST":
            return self._save(request, every, selection)
        names = {role.key: role.name for role in every}
        shown = [self._opened(request, each) for each in columns(selection.roles, names)]
        return self._matrix(request, every, selection, shown)

    def _opened(self, request: HttpRequest, column: Column) -> Column:
        """A column that the user may change if the role is the tenant's own."""
        return replace(column, editable=self.has_change_permission(request, column.role))

    def _save(
        self, request: HttpRequest, every: Sequence[Role], selection: Selection
    ) -> HttpResponseBase:
        if not self.has_change_permission(request):
            raise PermissionDenied
        # What the page showed, whatever the address would show by now.
        wanted = request.POST.getlist("shown")[:MOST_ROLES]
        roles = [role for role in every if str(role.pk) in wanted]
        names = {role.key: role.name for role in every}
        shown = [
            replace(self._opened(request, each), choices=read_choices(request.POST, each.role.pk))
            for each in columns(roles, names)
        ]
        gone = len(set(wanted)) - len(roles)
        refusals = ["A role that was shown here is gone. Open the page again."] if gone else []
        changed = [each for each in shown if each.changed]
        refusals += _update(changed, actor=actor_of(request)) if not gone else []
        if refusals:
            selection = replace(selection, roles=roles)
            return self._matrix(request, every, selection, shown, refusals=refusals)
        listed = ", ".join(each.role.name for each in changed)
        messages.success(request, f"Changed: {listed}." if changed else "Nothing was changed.")
        return redirect(request.get_full_path())

    def _matrix(
        self,
        request: HttpRequest,
        every: Sequence[Role],
        selection: Selection,
        shown: Sequence[Column],
        *,
        refusals: Sequence[str] = (),
    ) -> HttpResponseBase:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": "Matrix of permissions",
            "every": every,
            "selection": selection,
            "columns": shown,
            "groups": list(groups(shown, selection.permissions)),
            "resources": {
                each.resource: resource_text(each.resource) for each in permissions_here()
            },
            "is_editable": any(column.editable for column in shown),
            "most": MOST_ROLES,
            "refusals": refusals,
            "is_fullwidth": "1",
        }
        return TemplateResponse(request, "rbac/matrix.html", context)


def _update(changed: Sequence[Column], *, actor: Actor) -> list[str]:
    """Change these roles, or none of them; why those that were refused were."""
    refusals = []
    with transaction.atomic():
        for column in changed:
            wanted = {**column.own, **column.changed}
            permissions = {name: scope for name, scope in wanted.items() if scope}
            try:
                update_role(
                    column.role,
                    actor=actor,
                    changes={"permissions": permissions},
                    revision=column.revision,
                )
            except DomainError as refusal:
                refusals.append(f"{column.role.name}: {wording(refusal)}")
        transaction.set_rollback(bool(refusals))
    return refusals
