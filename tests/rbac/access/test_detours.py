"""Growing by detours: what nobody gets by shortening, passing on, moving, naming or taking over.

Each attack has a twin beside it that differs in the one thing that makes it one, and succeeds.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from blueprints.catalog.models import Blueprint, Project
from blueprints.catalog.services.projects import create_project, update_project
from iac_platform.common.errors import NotPermitted
from iac_platform.common.permissions import get
from rbac.access.holdings import Limits, Period
from rbac.errors import InvalidGrant, InvalidRole, InvalidTeam, RoleNameTaken
from rbac.models import AuditEntry, RoleGrant, User
from rbac.policy import check
from rbac.services.grants import delegate_role, grant_role, revoke_grant
from rbac.services.roles import create_role, find_role, update_role
from rbac.services.teams import add_member, create_team, remove_member, update_team
from rbac.services.users import change_password, create_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.conftest import ACTOR, Api
from tests.rbac.access.actors import MANAGES, Actors, again, for_a_day, make_manager, refused

if TYPE_CHECKING:
    from tenants.models import Tenant

PASSWORD = "correct-horse-9-battery"


# --- Taking by granting again ------------------------------------------------------------
def test_nobody_shortens_what_they_could_not_revoke(actors: Actors) -> None:
    """Granting again changes the period, so it takes what lay outside of the new one."""
    role = actors.role(blueprint__delete="tenant")
    lasting = grant_role(actors.others, role, actor=ACTOR)
    grant_role(actors.ben, role, period=for_a_day(), actor=ACTOR)
    ben = again(actors.ben)
    refused(lambda: revoke_grant(lasting, actor=ben))
    soon = Period(expires_at=timezone.now() + timedelta(minutes=1))
    refused(lambda: grant_role(actors.others, role, period=soon, actor=ben))
    grant_role(actors.others, role, period=soon, actor=actors.admin)
    # What ends before his own does is his to lengthen as far as that.
    grant_role(actors.others, role, period=Period(expires_at=soon.expires_at), actor=ben)


def test_granting_the_same_again_is_not_recorded(actors: Actors) -> None:
    """Else whoever repeats it would be on record as having granted it."""
    entries = AuditEntry.objects.filter(action="role.grant")
    grant = grant_role(actors.ben, find_role("viewer"), actor=ACTOR)
    recorded = entries.count()
    grant_role(actors.ben, find_role("viewer"), actor=again(actors.una))
    grant.refresh_from_db()
    assert (grant.granted_by, entries.count()) == (ACTOR.audit_id, recorded)
    grant_role(actors.ben, find_role("viewer"), period=(day := for_a_day()), actor=actors.admin)
    grant.refresh_from_db()
    assert (grant.granted_by, entries.count()) == (actors.admin.audit_id, recorded + 1)
    before, after = entries.latest("created_at").changes["expires_at"]
    assert before is None
    assert datetime.fromisoformat(after) == day.expires_at


def test_who_has_all_the_grants_that_there_may_be_can_have_one_changed(
    actors: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rbac.services.grants.MOST_GRANTS", 2)  # ben has one
    viewer = find_role("viewer")
    grant_role(actors.ben, viewer, actor=ACTOR)
    mine = Limits(projects=frozenset({actors.projects[0].pk}))
    refused(lambda: grant_role(actors.ben, viewer, limits=mine, actor=ACTOR), InvalidGrant)
    grant_role(actors.ben, viewer, period=for_a_day(), actor=ACTOR)


# --- What was passed on ------------------------------------------------------------------
def test_what_was_passed_on_is_not_given_away(actors: Actors) -> None:
    """Else it would stay with whoever got it when it is taken back."""
    role = actors.role(blueprint__delete="tenant", role__delegate="own")
    passed_on = actors.role(blueprint__delete="tenant")
    una, ben = actors.una, actors.ben
    grant_role(una, role, actor=ACTOR)
    delegate_role(ben, passed_on, actor=again(una), period=for_a_day())
    acting = again(ben)
    assert check(acting, get("blueprint.delete"))
    short = Period(expires_at=timezone.now() + timedelta(hours=1))
    refused(lambda: grant_role(ben, passed_on, period=short, actor=acting))
    refused(lambda: grant_role(actors.others, passed_on, period=short, actor=acting))
    grant_role(actors.others, passed_on, period=short, actor=ACTOR)
    refused(lambda: add_member(actors.others, ben, actor=acting))
    grant_role(ben, passed_on, period=for_a_day(), actor=ACTOR)
    add_member(actors.others, ben, actor=again(ben))


def test_what_was_passed_on_ends_when_the_giver_leaves_the_team_it_reaches(actors: Actors) -> None:
    """In a team, the scope ``team`` is held by whoever is in it."""
    in_teams = actors.role(blueprint__delete="team")
    grant_role(actors.una, in_teams, actor=ACTOR)
    grant_role(actors.una, actors.role(role__delegate="own"), actor=ACTOR)
    add_member(actors.builders, actors.ben, actor=ACTOR)
    project = Project.objects.create(name="Of the builders", team=actors.builders)
    blueprint = Blueprint.objects.create(project=project, name="network")
    delegate_role(actors.ben, in_teams, actor=again(actors.una), period=for_a_day())
    delete = get("blueprint.delete")
    assert check(again(actors.ben), delete, blueprint)
    remove_member(actors.builders, actors.una, actor=ACTOR)
    assert not check(again(actors.una), delete, blueprint)
    assert not check(again(actors.ben), delete, blueprint)


def test_what_was_passed_on_reaches_no_team_that_the_giver_is_not_in(actors: Actors) -> None:
    in_teams = actors.role(blueprint__delete="team")
    grant_role(actors.una, in_teams, actor=ACTOR)
    grant_role(actors.una, actors.role(role__delegate="own"), actor=ACTOR)
    project = Project.objects.create(name="Of others", team=actors.others)
    blueprint = Blueprint.objects.create(project=project, name="network")
    delegate_role(actors.ben, in_teams, actor=again(actors.una), period=for_a_day())
    add_member(actors.others, actors.ben, actor=ACTOR)
    assert not check(again(actors.ben), get("blueprint.delete"), blueprint)


def test_a_role_that_was_passed_on_ends_when_it_gets_what_stays_with_its_holder(
    actors: Actors,
) -> None:
    role = actors.role(blueprint__delete="tenant")
    for each in (role, actors.role(role__delegate="own")):
        grant_role(actors.una, each, actor=ACTOR)
    delegate_role(actors.ben, role, actor=again(actors.una), period=for_a_day())
    wider = {"blueprint.delete": "tenant", "blueprint.create": "tenant"}
    update_role(role, changes={"permissions": wider}, actor=actors.admin)
    assert check(again(actors.ben), get("blueprint.create"))
    update_role(role, changes={"permissions": {"audit.export": "tenant"}}, actor=actors.admin)
    assert check(again(actors.una), get("audit.export"))
    assert again(actors.ben).access.scopes() == MANAGES


def test_what_a_role_inherits_later_is_not_passed_on_either(actors: Actors) -> None:
    parent = actors.role(blueprint__delete="tenant")
    child = create_role(name="Child", inherits=[parent.key], actor=ACTOR)
    for each in (child, actors.role(role__delegate="own")):
        grant_role(actors.una, each, actor=ACTOR)
    delegate_role(actors.ben, child, actor=again(actors.una), period=for_a_day())
    update_role(parent, changes={"permissions": {"role.grant": "tenant"}}, actor=actors.admin)
    assert again(actors.ben).access.scopes() == MANAGES


# --- Teams -------------------------------------------------------------------------------
def test_nobody_moves_teams_with_what_they_hold_for_some_projects(actors: Actors) -> None:
    """Its members may get to other projects by it, and the mover would not."""
    project = Project.objects.create(name="Of the others", team=actors.others)
    blueprint = Blueprint.objects.create(project=project, name="network")
    add_member(actors.builders, actors.ben, actor=ACTOR)
    grant_role(actors.ben, actors.role(blueprint__delete="team"), actor=ACTOR)
    carl = create_user(username="carl", actor=ACTOR)
    mine = Limits(projects=frozenset({actors.projects[0].pk}))
    grant_role(carl, find_role("enterprise-architect"), limits=mine, actor=ACTOR)
    make_manager(carl)
    delete = get("blueprint.delete")
    changes = {"parent": actors.others}
    refused(lambda: update_team(actors.builders, changes=changes, actor=again(carl)))
    grant_role(carl, find_role("enterprise-architect"), period=for_a_day(), actor=ACTOR)
    refused(lambda: update_team(actors.builders, changes=changes, actor=again(carl)))
    assert not check(again(actors.ben), delete, blueprint)
    grant_role(carl, find_role("enterprise-architect"), actor=ACTOR)
    update_team(actors.builders, changes=changes, actor=again(carl))
    assert check(again(actors.ben), delete, blueprint)


def test_the_teams_of_a_receiver_are_those_of_the_moment(actors: Actors) -> None:
    """Ben was read before he joined the others, as by a request that waited meanwhile."""
    role = actors.role(blueprint__delete="team")
    grant_role(actors.una, role, actor=ACTOR)
    ben = again(actors.ben)
    assert ben.access.team_ids == frozenset()
    add_member(actors.others, actors.ben, actor=ACTOR)
    refused(lambda: grant_role(ben, role, actor=again(actors.una)))
    remove_member(actors.others, actors.ben, actor=ACTOR)
    grant_role(ben, role, actor=again(actors.una))


# --- Projects and teams ------------------------------------------------------------------
def test_a_project_is_not_taken_from_a_team_by_who_may_change_some_projects(actors: Actors) -> None:
    project = Project.objects.create(name="Of the others", team=actors.others)
    role = actors.role(project__update="tenant")
    grant_role(actors.ben, role, limits=Limits(projects=frozenset({project.pk})), actor=ACTOR)
    ben = again(actors.ben)
    for team in (None, actors.builders):
        refused(
            lambda team=team: update_project(project, changes={"team": team}, actor=ben),  # type: ignore[misc]  # bound at once
            NotPermitted,
        )
    grant_role(actors.ben, role, actor=ACTOR)
    update_project(project, changes={"team": actors.builders}, actor=again(actors.ben))


def test_nobody_gets_to_a_project_s_blueprints_by_giving_it_to_their_team(actors: Actors) -> None:
    """Ben may rename all projects, and delete blueprints where they are his team's."""
    project = actors.projects[0]
    blueprint = Blueprint.objects.create(project=project, name="network")
    add_member(actors.others, actors.ben, actor=ACTOR)
    may = actors.role(project__update="tenant", project__create="own")
    grant_role(actors.ben, may, actor=ACTOR)
    grant_role(actors.ben, actors.role(blueprint__delete="team"), actor=ACTOR)
    delete, ben = get("blueprint.delete"), again(actors.ben)
    refused(
        lambda: update_project(project, changes={"team": actors.others}, actor=ben), NotPermitted
    )
    assert not check(again(actors.ben), delete, blueprint)
    # What he starts himself holds nothing of others yet.
    create_project(name="New", team=actors.others, actor=again(actors.ben))
    everywhere = {"blueprint.delete": "tenant"}
    all_of_them = create_role(name="Deletes all", permissions=everywhere, actor=ACTOR)
    grant_role(actors.ben, all_of_them, actor=ACTOR)
    update_project(project, changes={"team": actors.others}, actor=again(actors.ben))
    assert check(again(actors.ben), delete, blueprint)


def test_nobody_shares_for_longer_than_they_hold(actors: Actors) -> None:
    """Carl may delete in his teams for ever; ben, in all projects, for a day."""
    project = actors.projects[0]
    grant_role(actors.ben, actors.role(project__update="tenant"), actor=ACTOR)
    everywhere = {"blueprint.delete": "tenant"}
    all_of_them = create_role(name="Deletes all", permissions=everywhere, actor=ACTOR)
    grant_role(actors.ben, all_of_them, period=for_a_day(), actor=ACTOR)
    carl = create_user(username="carl", actor=ACTOR)
    add_member(actors.others, carl, actor=ACTOR)
    in_teams = actors.role(blueprint__delete="team")
    grant_role(carl, in_teams, actor=ACTOR)
    changes = {"team": actors.others}
    ben = again(actors.ben)
    refused(lambda: update_project(project, changes=changes, actor=ben), NotPermitted)
    soon = Period(expires_at=timezone.now() + timedelta(hours=1))
    grant_role(carl, in_teams, period=soon, actor=ACTOR)
    update_project(project, changes=changes, actor=ben)


# --- Acting as somebody else -------------------------------------------------------------
def test_nobody_sets_the_password_of_whose_own_they_may_not_change(actors: Actors) -> None:
    """With it they would sign in, and what is that user's own would be theirs."""
    own = actors.role(blueprint__delete="own", user__update="tenant")
    for user in (actors.una, actors.ben):
        grant_role(user, own, actor=ACTOR)
    una = again(actors.una)
    refused(lambda: change_password(actors.ben, password=PASSWORD, actor=una))
    # Her own, she may.
    change_password(una, password=PASSWORD, actor=again(actors.una))
    grant_role(actors.una, actors.role(blueprint__delete="tenant"), actor=ACTOR)
    change_password(actors.ben, password=PASSWORD, actor=again(actors.una))


# --- Names -------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["admin", "ADMIN", "Admin", "system-engineer", "custom-first"])
@pytest.mark.usefixtures("actors")
def test_no_role_is_called_what_another_is_found_by(name: str) -> None:
    """Whoever grants ``admin`` means the platform's role, and not one that somebody made."""
    create_role(name="First", actor=ACTOR)
    refused(lambda: create_role(name=name, actor=ACTOR), RoleNameTaken)
    mine = create_role(name="Mine", actor=ACTOR)
    refused(lambda: update_role(mine, changes={"name": name}, actor=ACTOR), RoleNameTaken)
    update_role(mine, changes={"name": "mine"}, actor=ACTOR)


@pytest.mark.usefixtures("in_scope")
@pytest.mark.parametrize("name", ["Admin\u200b", "Ad\u202emin", "Admin\u00a0", " Admin", "\u2060"])
def test_no_role_or_team_has_what_nobody_sees_in_its_name(name: str) -> None:
    """It would look like another."""
    refused(lambda: create_role(name=name, actor=ACTOR), InvalidRole)
    refused(lambda: create_team(name=name, actor=ACTOR), InvalidTeam)
    role = create_role(name="Plain", actor=ACTOR)
    team = create_team(name="Plain", actor=ACTOR)
    refused(lambda: update_role(role, changes={"name": name}, actor=ACTOR), InvalidRole)
    refused(lambda: update_team(team, changes={"name": name}, actor=ACTOR), InvalidTeam)
    update_role(role, changes={"name": "Größe 2"}, actor=ACTOR)
    update_team(team, changes={"name": "Größe 2"}, actor=ACTOR)


def test_a_role_is_found_by_its_key_before_any_name(actors: Actors) -> None:
    """Of a role that was given such a name before it was refused."""
    impostor = create_role(name="Impostor", actor=ACTOR)
    type(impostor).objects.filter(pk=impostor.pk).update(name="admin")
    assert find_role("admin").is_custom is False
    assert RoleGrant.objects.get(user=actors.admin).role == find_role("admin")


# --- By the way --------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["users", "service-accounts"])
def test_whoever_adds_people_grants_no_roles_by_it(tenant: Tenant, api: Api, path: str) -> None:
    """It needs the permission to grant, however the role is given."""
    admin, una = api(tenant), api(tenant, "viewer", "una")
    with tenant_scope(tenant):
        adds = {"user.create": "tenant", "service_account.create": "tenant"}
        grant_role(una.user, create_role(name="Adds", permissions=adds, actor=ACTOR), actor=ACTOR)  # type: ignore[arg-type]  # una is one
        before = User.objects.count()
    body = {"username": "new", "roles": ["viewer"]}
    refused = una.post(f"/api/v1/{path}/", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-denied")
    with tenant_scope(tenant):
        assert User.objects.count() == before
    assert una.post(f"/api/v1/{path}/", {"username": "bare"}).status_code == 201
    assert admin.post(f"/api/v1/{path}/", body).status_code == 201


def test_a_user_with_a_role_twice_is_listed_once(tenant: Tenant, api: Api) -> None:
    admin = api(tenant)
    with tenant_scope(tenant):
        user = create_user(username="twice", roles=["consultant"], actor=ACTOR)
        limits = Limits(projects=frozenset({Project.objects.create(name="P").pk}))
        grant_role(user, find_role("consultant"), limits=limits, actor=ACTOR)
    found = admin.get("/api/v1/users/?role=consultant").json()["results"]
    assert [each["username"] for each in found] == ["twice"]
    page = AdminClient(tenant, admin.user).get("/admin/rbac/user/?role=consultant")
    assert [each.username for each in page.context["cl"].result_list] == ["twice"]
