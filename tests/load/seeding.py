"""Makes the tenants, people and blueprints of a load test through the platform's services.

``python -m tests.load.seeding PLAN`` in the environment of a laboratory; the file of accounts
that the plan names is written for its owner alone, as it holds tokens and passwords.
"""

# ruff: noqa: E402 - Django must be set up before its models are imported

from __future__ import annotations

import secrets
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import django

django.setup()

from django.conf import settings

from blueprints.catalog import examples
from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from deployment.local import state
from iac_platform.common.audit import SystemActor
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import PLATFORM_TENANT_ID, Tenant, Tier
from tenants.operations.upkeep import drain_queue
from tenants.quotas.registry import declared
from tenants.service_plans.services import find_plan, update_plan
from tenants.tenants.services import create_tenant
from tests.load.drawing import zipf
from tests.load.plan import Plan
from tests.load.scenarios import Login

if TYPE_CHECKING:
    from tests.load.scenarios import Scenario

ACTOR = SystemActor("load test")
PLAN_KEY = "enterprise"
"""Its tenants may send the most requests a minute."""
ROLE = "system-engineer"
ENTERPRISE_TURN = 2
"""Of every four tenants the second is of the enterprise tier, so the popular ones are of both."""
DOCUMENT = examples.load("three-tier-web")


def seed(plan: Plan) -> None:
    """Have everything that the plan's scenario needs, and write its file of accounts."""
    scenario = plan.scenario
    tenants = _tenants(scenario.tenants)
    random = Random(plan.seed)  # noqa: S311  # no secret
    ranks = range(len(tenants))
    # One user each, then as the tenants' popularity has it.
    people = Counter(ranks[: scenario.users])
    people.update(zipf(ranks, random, scenario.users - people.total()))
    entries = [_entry(tenant, people[number], scenario) for number, tenant in enumerate(tenants)]
    state.save(plan.people, {"tenants": entries})


def _tenants(wanted: int) -> list[Tenant]:
    """New tenants, the most popular first, under a plan without limits."""
    with as_owner():
        with tenant_scope(_tenant(PLATFORM_TENANT_ID)):
            _lift_limits()
            made = [_new(number) for number in range(1, wanted + 1)]
        drain_queue()
    return [_tenant(tenant.pk) for tenant in made]


def _lift_limits() -> None:
    """Take the limits off the largest plan: a test is to meet the servers' limits, not a plan's."""
    limits = {quota.name: None for quota in declared()}
    update_plan(find_plan(PLAN_KEY), changes={"limits": limits}, actor=ACTOR)


def _new(number: int) -> Tenant:
    tier = Tier.ENTERPRISE if number % 4 == ENTERPRISE_TURN else Tier.STANDARD
    slug = f"load-{number:03d}"
    return create_tenant(slug=slug, name=slug, tier=tier, plan=PLAN_KEY, actor=ACTOR)


def _tenant(key: Any) -> Tenant:
    return Tenant.objects.select_related("placement", "plan").get(pk=key)


def _entry(tenant: Tenant, people: int, scenario: Scenario) -> dict[str, Any]:
    """Fill a tenant, and tell how its people sign in."""
    with tenant_scope(tenant):
        project = create_project(name="Load", actor=ACTOR)
        for number in range(1, scenario.blueprints + 1):
            create_blueprint(project, name=f"Blueprint {number}", document=DOCUMENT, actor=ACTOR)
        users = [_person(number, scenario.login) for number in range(1, people + 1)]
    print(f"{tenant.slug}: {tenant.tier}, {people} users", flush=True)
    host = f"{tenant.slug}.{settings.BASE_DOMAIN}"
    return {"slug": tenant.slug, "tier": tenant.tier, "host": host, "users": users}


def _person(number: int, login: Login) -> dict[str, str]:
    """A user with a token, and a password where it will be used: hashing takes a while."""
    username = f"user-{number}"
    password = secrets.token_urlsafe(18) if login == Login.PASSWORD else ""
    user = create_user(username=username, password=password or None, roles=[ROLE], actor=ACTOR)
    token = create_token(user, name="load test", actor=ACTOR)[1]
    return {"username": username, "password": password, "role": ROLE, "api_token": token}


if __name__ == "__main__":
    seed(Plan.load(Path(sys.argv[1])))
