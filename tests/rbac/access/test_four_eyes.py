"""Separation of duties: what needs four eyes, its author never does, however much they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from blueprints.catalog.models import Blueprint, Project
from iac_platform.common import permissions
from iac_platform.common.permissions import Permission, Scope, declare, get
from rbac.access.explaining import StepName
from rbac.access.holdings import Limits
from rbac.answers.explanations import explain
from rbac.answers.who_can import asked, who_can
from rbac.policy import check, check_permission
from rbac.selectors import user_by_id
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.service_accounts import create_service_account, update_service_account
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from rbac.system_roles import effective
from tests.conftest import ACTOR
from tests.rbac.access.worlds import ServicePlan, World, in_a_world, plans, slowly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rbac.models import Team, User
    from tenants.models import Tenant


@pytest.fixture
def approve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Permission]:
    """A permission that is declared for this test alone."""
    monkeypatch.setattr(permissions, "_registry", dict(permissions._registry))  # noqa: SLF001  # to put it back
    like = get("blueprint.update")
    caches = (permissions.catalogue, effective)
    declared = declare(
        "blueprint",
        "approve",
        "Approve what somebody else has made",
        scopes=like.scopes,
        limitable_by=like.limitable_by,
        four_eyes=True,
    )
    for each in caches:
        each.cache_clear()
    yield declared
    for each in caches:
        each.cache_clear()


class Office:
    """Ann has made a blueprint in a team's project; bob is in the team with her."""

    def __init__(self) -> None:
        self.ann = create_user(username="ann", actor=ACTOR)
        self.bob = create_user(username="bob", actor=ACTOR)
        self.team: Team = create_team(name="Builders", actor=ACTOR)
        for user in (self.ann, self.bob):
            add_member(self.team, user, actor=ACTOR)
        self.project = Project.objects.create(name="P", team=self.team, created_by=self.bob)
        self.anns, self.nobodys = (
            Blueprint.objects.create(project=self.project, name=name, created_by=author)
            for name, author in (("anns", self.ann), ("nobodys", None))
        )

    def may(self, user: User, permission: Permission) -> set[str]:
        """The names of what the user may do it to: by the list and, the same, one by one."""
        reader = user_by_id(user.pk)
        listed = set(Blueprint.objects.permitted(reader, permission).values_list("name", flat=True))
        rows = Blueprint.objects.select_related("project")
        checked = {row.name for row in rows if check(reader, permission, row)}
        by_name = {
            row.name for row in rows if check_permission(reader, "blueprint", "approve", row)
        }
        assert listed == checked == by_name
        return listed


@pytest.mark.usefixtures("in_scope")
@pytest.mark.parametrize("limited", [False, True], ids=["everywhere", "in-its-project"])
@pytest.mark.parametrize("by_team", [False, True], ids=["directly", "by-team"])
@pytest.mark.parametrize("scope", [Scope.TEAM, Scope.TENANT])
def test_the_author_never_approves_their_own_and_others_do(
    approve: Permission, scope: Scope, by_team: bool, limited: bool
) -> None:
    office = Office()
    role = create_role(name="Approver", permissions={approve.name: scope}, actor=ACTOR)
    limits = Limits(projects=frozenset({office.project.pk})) if limited else Limits()
    for receiver in [office.team] if by_team else [office.ann, office.bob]:
        grant_role(receiver, role, limits=limits, actor=ACTOR)
    assert office.may(office.ann, approve) == {"nobodys"}
    assert office.may(office.bob, approve) == {"anns", "nobodys"}


@pytest.mark.usefixtures("in_scope")
def test_several_ways_of_holding_it_do_not_add_up_to_one_s_own(approve: Permission) -> None:
    office = Office()
    for scope in approve.scopes:
        role = create_role(name=f"R {scope}", permissions={approve.name: scope}, actor=ACTOR)
        for receiver in (office.ann, office.team):
            grant_role(receiver, role, actor=ACTOR)
    assert office.may(office.ann, approve) == {"nobodys"}


@pytest.mark.usefixtures("in_scope")
def test_explanations_say_who_may_approve_and_why_the_author_may_not(approve: Permission) -> None:
    office = Office()
    role = create_role(name="Approver", permissions={approve.name: Scope.TENANT}, actor=ACTOR)
    grant_role(office.team, role, actor=ACTOR)
    ann = user_by_id(office.ann.pk)
    assert ann is not None
    found = explain(ann, approve, office.anns, acts=True, reader=ann)
    assert not found.allowed
    assert [path.failed.name for path in found.paths if path.failed] == [StepName.FOUR_EYES]
    assert explain(ann, approve, office.nobodys, acts=True, reader=ann).allowed
    assert {user.username for user in who_can(asked(approve, office.anns))} == {"bob"}


@pytest.mark.usefixtures("in_scope")
def test_nobody_approves_what_their_service_account_has_made(approve: Permission) -> None:
    """Whoever answers for an account can act by it, so both pairs of eyes would be theirs."""
    office = Office()
    role = create_role(name="Approver", permissions={approve.name: Scope.TENANT}, actor=ACTOR)
    grant_role(office.team, role, actor=ACTOR)
    robot = create_service_account(username="robot", owner=office.ann.pk, actor=ACTOR)
    robots = Blueprint.objects.create(project=office.project, name="robots", created_by=robot)
    assert office.may(office.ann, approve) == {"nobodys"}
    assert office.may(office.bob, approve) == {"anns", "nobodys", "robots"}
    assert {user.username for user in who_can(asked(approve, robots))} == {"bob"}
    # Another answers for it from now on.
    update_service_account(robot, changes={"owner": office.bob.pk}, actor=ACTOR)
    assert office.may(office.ann, approve) == {"nobodys", "robots"}
    assert office.may(office.bob, approve) == {"anns", "nobodys"}
    assert {user.username for user in who_can(asked(approve, robots))} == {"ann"}


@slowly
@given(plan=plans)
def test_in_any_world_it_is_the_rule_without_one_s_own(acme: Tenant, plan: ServicePlan) -> None:
    plain = [get("project.update"), get("blueprint.update"), get("blueprint.view")]

    def compare(world: World) -> None:
        for user in world.users:
            reader = user_by_id(user.pk)
            assert reader is not None
            for permission in plain:
                strict = replace(permission, four_eyes=True)
                for rows in (Project.objects.all(), Blueprint.objects.select_related("project")):
                    others = {
                        row.pk
                        for row in rows
                        if check(reader, permission, row) and row.created_by_id != reader.pk
                    }
                    assert {row.pk for row in rows if check(reader, strict, row)} == others
                    assert {row.pk for row in rows.permitted(reader, strict)} == others

    in_a_world(acme, plan, compare)
