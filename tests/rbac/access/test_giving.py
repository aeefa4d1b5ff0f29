"""Nobody gives or takes what they do not hold: way by way, each with its twin that succeeds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from blueprints.catalog.models import Blueprint, Project
from iac_platform.common.errors import NotPermitted
from iac_platform.common.permissions import Scope, get
from rbac.access.holdings import Limits, Period
from rbac.models import User
from rbac.policy import check
from rbac.services.grants import grant_role, revoke_role
from rbac.services.roles import create_role, find_role, update_role
from rbac.services.teams import add_member, create_team, remove_member, update_team
from rbac.services.users import create_user, update_user
from tests.conftest import ACTOR
from tests.rbac.access.actors import MANAGES, Actors, again, at, refused

if TYPE_CHECKING:
    Reach = dict[int, set[Any]]


def test_a_role_held_for_one_project_is_granted_for_that_one_alone(actors: Actors) -> None:
    role = actors.role(blueprint__view="tenant", blueprint__update="tenant")
    mine, other = (frozenset({project.pk}) for project in actors.projects)
    held = grant_role(actors.ben, role, limits=Limits(projects=mine), actor=ACTOR)
    ben = again(actors.ben)
    refused(lambda: grant_role(actors.una, find_role("viewer"), actor=ben))
    for limits in (Limits(), Limits(projects=other), Limits(projects=mine | other)):
        refused(lambda limits=limits: grant_role(actors.others, role, limits=limits, actor=ben))  # type: ignore[misc]  # bound at once
    grant_role(actors.others, role, limits=held.limits, actor=ben)


def test_a_role_held_for_a_while_is_granted_for_no_longer(actors: Actors) -> None:
    role = actors.role(blueprint__delete="tenant")
    end = timezone.now() + timedelta(days=1)
    grant_role(actors.ben, role, period=Period(expires_at=end), actor=ACTOR)
    ben = again(actors.ben)
    refused(lambda: grant_role(actors.others, role, actor=ben))
    later = Period(expires_at=end + timedelta(seconds=1))
    refused(lambda: grant_role(actors.others, role, period=later, actor=ben))
    grant_role(actors.others, role, period=Period(expires_at=end), actor=ben)


def test_a_role_that_begins_tomorrow_is_not_granted_today(actors: Actors) -> None:
    role = actors.role(blueprint__delete="tenant")
    tomorrow = Period(starts_at=timezone.now() + timedelta(days=1))
    grant_role(actors.ben, role, period=tomorrow, actor=ACTOR)
    refused(lambda: grant_role(actors.others, role, period=tomorrow, actor=again(actors.ben)))
    with at(25):
        grant_role(actors.others, role, actor=again(actors.ben))


def test_what_one_may_do_in_ones_team_is_not_given_to_another_team(actors: Actors) -> None:
    role = actors.role(blueprint__delete="team")
    grant_role(actors.ben, role, actor=ACTOR)
    add_member(actors.builders, actors.ben, actor=ACTOR)
    ben = again(actors.ben)
    refused(lambda: grant_role(actors.others, role, actor=ben))
    grant_role(actors.builders, role, actor=ben)


def test_nobody_lets_another_do_in_their_team_what_they_cannot_do_there(actors: Actors) -> None:
    """Ben may delete in his teams; una, who may not, is in the team of these projects."""
    mine = Project.objects.create(name="Of the builders", team=actors.builders)
    blueprint = Blueprint.objects.create(project=mine, name="network")
    grant_role(actors.ben, actors.role(blueprint__delete="team"), actor=ACTOR)
    una, delete = again(actors.una), get("blueprint.delete")
    refused(lambda: add_member(actors.builders, actors.ben, actor=una))
    assert not check(again(actors.ben), delete, blueprint)
    add_member(actors.builders, actors.ben, actor=actors.admin)
    assert check(again(actors.ben), delete, blueprint)


def test_a_team_s_role_reaches_into_its_members_other_teams(actors: Actors) -> None:
    """So whoever grants it must reach there too."""
    role = actors.role(blueprint__delete="team")
    grant_role(actors.una, role, actor=ACTOR)
    carl = create_user(username="carl", actor=ACTOR)
    for team in (actors.builders, actors.others):
        add_member(team, carl, actor=ACTOR)
    refused(lambda: grant_role(actors.builders, role, actor=again(actors.una)))
    add_member(actors.others, actors.una, actor=ACTOR)
    grant_role(actors.builders, role, actor=again(actors.una))


def test_nobody_puts_into_a_team_what_gives_more_than_they_hold(actors: Actors) -> None:
    grant_role(actors.others, find_role("admin"), actor=ACTOR)
    una = again(actors.una)
    refused(lambda: add_member(actors.others, una, actor=una))
    refused(lambda: add_member(actors.others, actors.ben, actor=una))
    refused(lambda: update_team(actors.builders, changes={"parent": actors.others}, actor=una))
    refused(lambda: create_team(name="Part", parent=actors.others, actor=una))
    # To take somebody out is to take what one does not hold.
    add_member(actors.others, actors.ben, actor=actors.admin)
    refused(lambda: remove_member(actors.others, actors.ben, actor=una))
    assert again(actors.ben).access.scope_of("audit.export") is Scope.TENANT
    remove_member(actors.others, actors.ben, actor=actors.admin)
    assert again(actors.ben).access.scopes() == MANAGES


def test_nobody_makes_a_role_of_what_they_do_not_hold_for_the_whole_tenant(actors: Actors) -> None:
    una = again(actors.una)
    refused(lambda: create_role(name="X", permissions={"audit.export": "tenant"}, actor=una))
    # She deletes her own blueprints, and no others.
    refused(lambda: create_role(name="X", permissions={"blueprint.delete": "tenant"}, actor=una))
    refused(lambda: create_role(name="X", inherits=["admin"], actor=una))
    role = create_role(name="X", permissions={"blueprint.delete": "own"}, actor=una)
    refused(lambda: update_role(role, changes={"inherits": ["admin"]}, actor=una))
    theirs = actors.role(audit__export="tenant")
    refused(lambda: update_role(theirs, changes={"permissions": {}}, actor=una))
    update_role(role, changes={"permissions": {"blueprint.view": "tenant"}}, actor=una)
    update_role(theirs, changes={"permissions": {}}, actor=actors.admin)


def test_nobody_invites_or_changes_people_beyond_their_own_rights(actors: Actors) -> None:
    refused(
        lambda: create_user(username="new", roles=["viewer"], actor=again(actors.una)), NotPermitted
    )
    grant_role(actors.una, actors.role(user__create="tenant"), actor=ACTOR)
    una = again(actors.una)
    refused(lambda: create_user(username="new", roles=["admin"], actor=una))
    assert not User.objects.filter(username="new").exists()
    refused(lambda: update_user(actors.admin, changes={"is_active": False}, actor=una))
    refused(lambda: revoke_role(actors.admin, find_role("admin"), actor=una))
    create_user(username="new", roles=["viewer"], actor=una)
    update_user(actors.ben, changes={"is_active": False}, actor=una)


def test_a_deactivated_grantor_s_session_gives_nothing_more(actors: Actors) -> None:
    """Their user was read before they were deactivated, as by a request that still runs."""
    una = again(actors.una)
    assert una.access.entitlements
    update_user(actors.una, changes={"is_active": False}, actor=actors.admin)
    refused(lambda: grant_role(actors.ben, find_role("viewer"), actor=una), NotPermitted)
    update_user(actors.una, changes={"is_active": True}, actor=actors.admin)
    grant_role(actors.ben, find_role("viewer"), actor=again(actors.una))
