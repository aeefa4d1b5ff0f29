"""Plans: what operators do with them, and which limit holds for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from blueprints.catalog.quotas import PROJECTS
from iac_platform.common.errors import RevisionConflict
from rbac.models import AuditEntry
from rbac.quotas import USERS
from tenants import errors
from tenants.context import tenant_scope
from tenants.models import DEFAULT_PLAN, ServicePlan, Tenant
from tenants.quotas.errors import InvalidLimits
from tenants.quotas.limits import limit_of
from tenants.quotas.registry import Kind, UndeclaredQuota, declare, declared, get
from tenants.service_plans.services import create_plan, delete_plan, find_plan, update_plan
from tenants.tenants.services import update_tenant
from tests.conftest import ACTOR
from tests.tenants.quotas.conftest import limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iac_platform.common.errors import DomainError


@pytest.fixture
def at_operator(operator: Tenant) -> Iterator[Tenant]:
    with tenant_scope(operator):
        yield operator


def gold(**limits: Any) -> ServicePlan:
    return create_plan(key="gold", name="Gold", limits=limits, actor=ACTOR)


def audited() -> list[str]:
    entries = AuditEntry.objects.filter(action__startswith="service_plan.")
    return list(entries.order_by("created_at").values_list("action", flat=True))


def test_the_override_wins_then_the_plan_then_the_quotas_own_default(
    acme: Tenant, at_operator: Tenant
) -> None:
    del at_operator
    gold(projects=7)
    update_tenant(acme, actor=ACTOR, changes={"plan": "gold"})
    on_gold = limited(acme)
    assert (limit_of(on_gold, PROJECTS), limit_of(on_gold, USERS)) == (7, USERS.default)
    overridden = limited(acme, projects=9, users=None)
    assert (limit_of(overridden, PROJECTS), limit_of(overridden, USERS)) == (9, None)


@pytest.mark.usefixtures("at_operator")
def test_a_plan_is_made_changed_and_removed_with_an_entry_for_each() -> None:
    plan = gold(users=5)
    changed = update_plan(plan, actor=ACTOR, changes={"limits": {"users": 6, "storage": None}})
    assert ServicePlan.objects.get(key="gold").limits == {"users": 6, "storage": None}
    assert update_plan(changed, actor=ACTOR, changes={"name": "Gold"}).revision == changed.revision
    delete_plan(changed, actor=ACTOR)
    assert not ServicePlan.objects.filter(key="gold").exists()
    assert audited() == ["service_plan.create", "service_plan.update", "service_plan.delete"]
    deleted = AuditEntry.objects.get(action="service_plan.delete")
    assert deleted.changes == {"limits": {"users": 6, "storage": None}}


@pytest.mark.usefixtures("at_operator")
@pytest.mark.parametrize(
    ("fields", "error", "why"),
    [
        ({"key": "default"}, errors.PlanTaken, "'default' already"),
        ({"key": "Gold"}, errors.InvalidPlan, "key: "),
        ({"key": ""}, errors.InvalidPlan, "key: "),
        ({"name": ""}, errors.InvalidPlan, "name: "),
        ({"limits": {"seats": 1}}, InvalidLimits, "There is no quota 'seats'"),
        ({"limits": {"users": -1}}, InvalidLimits, "users: a limit is a whole number"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(
    fields: dict[str, Any], error: type[DomainError], why: str
) -> None:
    before = ServicePlan.objects.count()
    with pytest.raises(error, match=why):
        create_plan(**({"key": "gold", "name": "Gold"} | fields), actor=ACTOR)
    assert ServicePlan.objects.count() == before
    assert audited() == []


@pytest.mark.usefixtures("at_operator")
def test_of_two_who_change_a_plan_the_second_gets_a_conflict() -> None:
    plan = gold(users=5)
    update_plan(plan, actor=ACTOR, changes={"limits": {"users": 6}}, revision=plan.revision)
    with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
        update_plan(plan, actor=ACTOR, changes={"limits": {"users": 7}}, revision=plan.revision)
    assert ServicePlan.objects.get(key="gold").limits == {"users": 6}


def test_a_plan_in_use_stays(acme: Tenant, at_operator: Tenant) -> None:
    del at_operator
    plan = gold()
    update_tenant(acme, actor=ACTOR, changes={"plan": "gold"})
    with pytest.raises(errors.ServicePlanInUse, match="It is used by tenants"):
        delete_plan(plan, actor=ACTOR)
    update_tenant(acme, actor=ACTOR, changes={"plan": DEFAULT_PLAN})
    delete_plan(plan, actor=ACTOR)
    with pytest.raises(errors.ServicePlanInUse, match="when nobody says which"):
        delete_plan(find_plan(DEFAULT_PLAN), actor=ACTOR)


def test_the_command_says_which_plans_exist(at_operator: Tenant) -> None:
    del at_operator
    with pytest.raises(CommandError, match="The plans are: default, enterprise, free"):
        call_command("create_tenant", "--slug", "initech", "--plan", "gold")
    assert not Tenant.objects.filter(slug="initech").exists()


def test_every_seeded_plan_speaks_of_every_quota(acme: Tenant) -> None:
    del acme
    names = {quota.name for quota in declared()}
    for key in ("default", "enterprise", "free"):
        assert set(ServicePlan.objects.get(key=key).limits) == names


def test_the_default_plan_grants_what_a_plan_without_limits_does(acme: Tenant) -> None:
    defaults = {quota.name: quota.default for quota in declared()}
    assert acme.plan.limits == defaults


def test_a_quota_is_declared_once_and_says_how_it_is_counted() -> None:
    assert get("users") is USERS
    with pytest.raises(UndeclaredQuota, match="No quota is called 'seats'"):
        get("seats")
    for kind, count in ((Kind.ROWS, None), (Kind.MONTHLY, lambda: 0)):
        with pytest.raises(ValueError, match="exactly if"):
            declare("seats", "Seats", unit="seats", kind=kind, default=1, count=count)
    with pytest.raises(ValueError, match="twice"):
        declare("users", "Users", unit="users", kind=Kind.TALLY, default=1)
