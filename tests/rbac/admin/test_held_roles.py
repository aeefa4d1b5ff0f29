"""The list of users, their pages and the filter by role tell the same roles."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from blueprints.catalog.services.projects import create_project
from rbac.access.holdings import Limits, Period
from rbac.models import RoleGrant, User
from rbac.services.grants import grant_role
from rbac.services.roles import find_role
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.admin_client import AdminClient


def _people(tenant: Tenant) -> dict[str, User]:
    """One person for each way of holding a role, or of not holding it any more."""
    with tenant_scope(tenant):
        names = ("plain", "limited", "member", "nested", "ended", "future", "brief", "nobody")
        people = {name: create_user(username=name, actor=ACTOR) for name in names}
        role, now = find_role("consultant"), timezone.now()
        grant_role(people["plain"], role, actor=ACTOR)
        project = create_project(name="Web shop", actor=ACTOR)
        limits = Limits(projects=frozenset({project.pk}))
        grant_role(people["limited"], role, actor=ACTOR, limits=limits)
        grant_role(people["brief"], role, actor=ACTOR, period=Period(None, now + timedelta(days=2)))
        coming = Period(now + timedelta(days=1), None)
        grant_role(people["future"], role, actor=ACTOR, period=coming)
        ended = grant_role(
            people["ended"], role, actor=ACTOR, period=Period(None, now + timedelta(days=1))
        )
        RoleGrant.objects.filter(pk=ended.pk).update(expires_at=now - timedelta(minutes=1))
        outer = create_team(name="Outer", actor=ACTOR)
        inner = create_team(name="Inner", parent=outer, actor=ACTOR)
        add_member(outer, people["member"], actor=ACTOR)
        add_member(inner, people["nested"], actor=ACTOR)
        grant_role(outer, role, actor=ACTOR)
    return people


HOLDERS = {
    "plain": "Consultant",
    "limited": "Consultant (limited)",
    "member": "Consultant (team)",
    "nested": "Consultant (team)",
    "brief": "Consultant",
}


def _held(admin: AdminClient, user: User) -> str:
    """The roles that a user's page shows as held now."""
    page = admin.page("rbac_user_change", user.pk)
    return page.split("Current roles")[1].split("Granted without limits")[0]


def test_list_page_and_filter_show_each_way_of_holding_a_role(admin: AdminClient) -> None:
    people = _people(admin.tenant)
    response = admin.get("/admin/rbac/user/")
    listed = {user.username: user.held_roles for user in response.context["cl"].result_list}
    filtered = admin.get("/admin/rbac/user/?role=consultant").context["cl"].result_list
    assert {user.username for user in filtered} == set(HOLDERS)
    for name, user in people.items():
        shown = _held(admin, user)
        assert bool(listed[name]) == (name in HOLDERS)
        assert ("Consultant" in shown) == (name in HOLDERS)
    for text in set(HOLDERS.values()):
        assert text in response.content.decode()
    nested = admin.page("rbac_user_change", people["nested"].pk)
    assert "by the team Inner → Outer" in nested
    assert "1 project" in _held(admin, people["limited"])
    assert "1 project" not in _held(admin, people["plain"])
    assert "until " in admin.page("rbac_user_change", people["brief"].pk)
