"""An explanation tells the truth: its verdict is the rule's, over random worlds and by example."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given

from blueprints.catalog.models import Blueprint, Project
from blueprints.catalog.permissions import UPDATE_BLUEPRINT
from iac_platform.common.errors import ObjectNotFound
from iac_platform.common.permissions import Scope, declared, get
from rbac.access.explaining import StepName
from rbac.access.holdings import Limits, Period
from rbac.answers import explanations
from rbac.answers.explanations import ExplanationDiffers, explain, user_named
from rbac.answers.objects import models_by_resource, object_to_ask_about
from rbac.models import Role, RoleGrant, Team, User
from rbac.permissions import VIEW_AUDIT
from rbac.policy import check
from rbac.services.grants import delegate_role, grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.support import open_access
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.rbac.access.worlds import ServicePlan, World, in_a_world, plans, slowly

if TYPE_CHECKING:
    from rbac.access.explaining import Step
    from rbac.answers.explanations import Explanation
    from tenants.models import Tenant

# Resources of which there is nothing to point at; service accounts share their model with users,
# and what may be done to them is asked in general.
WITHOUT_OBJECTS = {"access", "admin_site", "component_type", "service_account", "usage"}
OPERATORS = {"operation", "placement", "service_plan", "tenant"}


def asked(user: User, name: str, obj: Any = None, reader: Any = None) -> Explanation:
    """The explanation, of the user as they are now."""
    fresh, acts = user_named(str(user.pk))
    return explain(fresh, get(name), obj, acts=acts, reader=reader or fresh)


def failed(explanation: Explanation) -> Step:
    """What failed of the best way."""
    step = explanation.paths[0].failed
    assert step is not None
    return step


# --- Over random worlds -----------------------------------------------------------------
@slowly
@given(plan=plans)
def test_the_verdict_is_the_rules(acme: Tenant, plan: ServicePlan) -> None:
    def compare(world: World) -> None:
        rows = [*Project.objects.all(), *Blueprint.objects.select_related("project")]
        rows += [*User.objects.all()[:2], *Team.objects.all()[:2]]
        for user in world.users:
            reader, acts = user_named(user.username)
            for name in {*reader.access.entitlements, "audit.view", "blueprint.update"}:
                for obj in (None, *rows):
                    found = explain(reader, get(name), obj, acts=acts, reader=reader)
                    assert found.allowed == check(reader, get(name), obj)
                    # Each way alone says what its grant alone would be worth.
                    assert found.allowed == any(path.allowed for path in found.paths)

    in_a_world(acme, plan, compare)


@slowly
@given(plan=plans)
def test_a_role_that_is_said_to_suffice_does(acme: Tenant, plan: ServicePlan) -> None:
    def try_out(world: World) -> None:
        for user in world.users:
            for obj in Project.objects.all():
                found = asked(user, "project.update", obj, reader=_seer())
                for option in found.required_roles:
                    with transaction.atomic():
                        grant_role(user, Role.objects.get(pk=option.role.id), actor=ACTOR)
                        again, _ = user_named(user.username)
                        assert check(again, get("project.update"), obj) == option.sufficient
                        transaction.set_rollback(True)

    in_a_world(acme, plan, try_out)


def _seer() -> User:
    seers = User.objects.filter(username="seer")
    return seers.first() or create_user(username="seer", roles=["admin"], actor=ACTOR)


# --- By example -------------------------------------------------------------------------
@pytest.fixture
def una(in_scope: Tenant) -> User:  # noqa: ARG001  # the scope it is made in
    return create_user(username="una", actor=ACTOR)


@pytest.fixture
def blueprint(una: User) -> Blueprint:
    project = Project.objects.create(name="shop", created_by=None)
    return Blueprint.objects.create(project=project, name="network", created_by=una)


def test_each_resource_with_objects_has_its_model() -> None:
    resources = {permission.resource for permission in declared()}
    assert set(models_by_resource()) | WITHOUT_OBJECTS | OPERATORS == resources
    assert all(get(f"{resource}.view") for resource in models_by_resource())


def test_a_role_through_nested_teams_and_inheritance_is_told_step_by_step(
    una: User, blueprint: Blueprint
) -> None:
    above = create_team(name="engineering", actor=ACTOR)
    team = create_team(name="backend", parent=above, actor=ACTOR)
    add_member(team, una, actor=ACTOR)
    role = create_role(name="Designer", inherits=["technical-architect"], actor=ACTOR)
    grant = grant_role(above, role, actor=ACTOR)
    found = asked(una, "blueprint.update", blueprint)
    assert found.allowed
    best = found.paths[0]
    assert best.candidate.grant.id == grant.pk
    assert best.candidate.role_path == ("custom-designer", "technical-architect")
    assert best.candidate.grant.team_path == ("backend", "engineering")
    assert best.scope is Scope.TENANT
    assert [step.name for step in best.steps] == ["role", "time", "permission", "scope", "limits"]
    assert found.reason == (
        "The role custom-designer is granted to the team engineering, by way of backend. "
        "The grant counts, without an end. "
        "custom-designer allows blueprint.update in the scope tenant, inherited by way of "
        "technical-architect. "
        "The scope tenant reaches the object: all that is the tenant's. "
        "The grant has no limits for it."
    )


def test_who_holds_nothing_is_told_which_roles_there_are(una: User, blueprint: Blueprint) -> None:
    create_role(name="Secret", permissions={"blueprint.update": "tenant"}, actor=ACTOR)
    blueprint.created_by = None
    blueprint.save()
    found = asked(una, "blueprint.update", blueprint)
    assert (found.allowed, found.paths) == (False, ())
    assert found.reason == "No role that is granted to the user allows blueprint.update."
    required = {
        option.role.key: (option.allowance.scope, option.sufficient)
        for option in found.required_roles
    }
    assert required["system-engineer"] == (Scope.TENANT, True)
    # A consultant changes what is their own, and this is not.
    assert required["consultant"] == (Scope.OWN, False)
    assert not {"viewer", "custom-secret"} & required.keys()
    admin = create_user(username="ada", roles=["admin"], actor=ACTOR)
    assert "custom-secret" in {
        option.role.key
        for option in asked(una, "blueprint.update", blueprint, reader=admin).required_roles
    }


def test_a_grant_that_has_ended_or_not_begun_is_told(una: User, blueprint: Blueprint) -> None:
    now, engineer = timezone.now(), find_role("system-engineer")
    coming = Period(now + timedelta(days=2), now + timedelta(days=3))
    grant = grant_role(una, engineer, period=coming, actor=ACTOR)
    found = asked(una, "blueprint.update", blueprint)
    assert (found.allowed, failed(found).name) == (False, StepName.TIME)
    assert "begins at" in failed(found).detail
    RoleGrant.objects.filter(pk=grant.pk).update(
        starts_at=None, expires_at=now - timedelta(minutes=1)
    )
    una.refresh_from_db()
    again, acts = user_named("una")
    again.access_stamp = None  # the row was changed behind the services' back
    found = explain(again, UPDATE_BLUEPRINT, blueprint, acts=acts, reader=again)
    assert (found.allowed, failed(found).name) == (False, StepName.TIME)
    assert "ended at" in failed(found).detail
    grant_role(una, engineer, actor=ACTOR)
    assert asked(una, "blueprint.update", blueprint).allowed


def test_a_grant_for_other_projects_is_told(una: User, blueprint: Blueprint) -> None:
    other = Project.objects.create(name="other")
    engineer = find_role("system-engineer")
    grant_role(una, engineer, limits=Limits(frozenset({other.pk})), actor=ACTOR)
    found = asked(una, "blueprint.update", blueprint)
    assert (found.allowed, failed(found).name) == (False, StepName.LIMITS)
    assert failed(found).detail.startswith("The object lies outside of the 1 project")
    here = frozenset({other.pk, blueprint.project_id})
    grant_role(una, engineer, limits=Limits(here), actor=ACTOR)
    assert asked(una, "blueprint.update", blueprint).allowed


def test_what_limits_leave_nothing_of_is_told(una: User, blueprint: Blueprint) -> None:
    here = Limits(frozenset({blueprint.project_id}))
    grant_role(una, find_role("admin"), limits=here, actor=ACTOR)
    found = asked(una, "audit.view")
    assert (found.allowed, failed(found).name) == (False, StepName.LIMITS)
    assert failed(found).detail == (
        "The grant is limited to projects, and audit.view reaches beyond them."
    )
    assert asked(una, "blueprint.update", blueprint).allowed
    # Asked without an object, whether it may be done anywhere.
    anywhere = asked(una, "blueprint.update")
    assert anywhere.allowed
    assert anywhere.reason.endswith("The grant is limited to 1 project.")


def test_the_scope_that_does_not_reach_is_told(una: User, blueprint: Blueprint) -> None:
    grant_role(una, find_role("consultant"), actor=ACTOR)
    assert asked(una, "blueprint.update", blueprint).allowed
    blueprint.created_by = None
    found = asked(una, "blueprint.update", blueprint)
    assert (found.allowed, failed(found).name) == (False, StepName.SCOPE)
    assert failed(found).detail == (
        "The scope own does not reach the object: only what is one's own."
    )


def test_an_author_is_told_of_four_eyes(
    una: User, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant_role(una, find_role("system-engineer"), actor=ACTOR)
    strict = type(UPDATE_BLUEPRINT)(
        "blueprint",
        "update",
        "Change",
        UPDATE_BLUEPRINT.scopes,
        limitable_by=UPDATE_BLUEPRINT.limitable_by,
        four_eyes=True,
    )
    registry = {permission.name: permission for permission in declared()}
    monkeypatch.setattr(
        "iac_platform.common.permissions._registry", {**registry, strict.name: strict}
    )
    found = asked(una, "blueprint.update", blueprint)
    assert (found.allowed, failed(found).name) == (False, StepName.FOUR_EYES)
    blueprint.created_by = None
    assert asked(una, "blueprint.update", blueprint).allowed


def test_who_may_not_act_is_denied_whatever_they_hold(una: User, blueprint: Blueprint) -> None:
    grant_role(una, find_role("system-engineer"), actor=ACTOR)
    update_user(una, actor=ACTOR, changes={"is_active": False})
    found = asked(una, "blueprint.update", blueprint)
    assert (found.allowed, found.reason) == (
        False,
        "The account is not active, so it may do nothing.",
    )
    assert not any(option.sufficient for option in found.required_roles)


@pytest.mark.usefixtures("in_scope")
def test_what_is_withheld_from_support_is_told() -> None:
    staff = open_access(operator=ACTOR, reason="Ticket 4711", role="admin", minutes=5).access
    found = asked(staff.user, "user.create")
    assert (found.allowed, failed(found).name) == (False, StepName.PERMISSION)
    assert "withheld" in failed(found).detail
    assert not any(option.sufficient for option in found.required_roles)
    assert asked(staff.user, "blueprint.update").allowed
    type(staff).objects.filter(pk=staff.pk).update(revoked_at=timezone.now())
    assert not asked(staff.user, "blueprint.update").allowed


def test_who_passed_it_on_is_told(una: User) -> None:
    giver = create_user(username="gil", roles=["enterprise-architect", "admin"], actor=ACTOR)
    role = create_role(name="Reader", permissions={"blueprint.view": "tenant"}, actor=ACTOR)
    until = Period(expires_at=timezone.now() + timedelta(days=3))
    delegate_role(una, role, actor=user_named("gil")[0], period=until)
    found = asked(una, "blueprint.view")
    assert found.names == {giver.pk: "gil"}
    assert found.paths[0].candidate.grant.delegated_by == giver.pk


@pytest.fixture
def _lying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explanations, "check", lambda *_: True)


@pytest.mark.usefixtures("_lying")
def test_an_explanation_that_is_not_the_rules_is_given_to_nobody(una: User) -> None:
    with pytest.raises(ExplanationDiffers, match=r"audit\.view"):
        explain(una, VIEW_AUDIT, None, acts=True, reader=una)


def test_an_object_is_found_by_who_may_read_it_alone(
    globex: Tenant, una: User, blueprint: Blueprint
) -> None:
    grant_role(una, find_role("viewer"), actor=ACTOR)
    reader, _ = user_named("una")
    assert object_to_ask_about(Blueprint, blueprint.pk, reader=reader) == blueprint
    nobody = create_user(username="nobody", actor=ACTOR)
    with pytest.raises(ObjectNotFound, match="It does not exist, or you may not see it"):
        object_to_ask_about(Blueprint, blueprint.pk, reader=nobody)
    with tenant_scope(globex):
        stranger = create_user(username="una", roles=["admin"], actor=ACTOR)
        with pytest.raises(ObjectNotFound, match="It does not exist, or you may not see it"):
            object_to_ask_about(Blueprint, blueprint.pk, reader=stranger)
        with pytest.raises(ObjectNotFound, match="There is no such user"):
            user_named(str(reader.pk))
