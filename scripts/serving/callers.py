"""The platform's tenants that load is sent to."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, NamedTuple

from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from iac_platform.common.audit import SystemActor
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import PLATFORM_TENANT_ID, Tenant, Tier
from tenants.operations.upkeep import provision_pending
from tenants.quotas.registry import declared
from tenants.service_plans.services import find_plan, update_plan
from tenants.tenants.services import create_tenant

if TYPE_CHECKING:
    from collections.abc import Iterable

ACTOR = SystemActor("bench")
DOCUMENT = {
    "cloud": "aws",
    "region": "eu-central-1",
    "components": [{"id": "files", "type": "object_storage"}],
}
BLUEPRINTS = 25
_PLAN = "enterprise"


class Caller(NamedTuple):
    """A tenant's engineer, and what there is to ask for."""

    host: str
    token: str
    project: str
    blueprints: list[str]


def make_callers(tenants: int) -> list[Caller]:
    """Tenants of both tiers in turn, each with an engineer and some blueprints."""
    tiers = (Tier.STANDARD, Tier.ENTERPRISE)
    return [make_caller(tenant) for tenant in make_tenants(range(tenants), tiers)]


def make_tenants(numbers: Iterable[int], tiers: Iterable[Tier]) -> list[Tenant]:
    """Tenants of these numbers, of the tiers in turn."""
    turns = itertools.cycle(tiers)
    with as_owner():
        platform = Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)
        with tenant_scope(platform):
            _lift_limits()
            made = [
                create_tenant(
                    slug=f"bench-{n}", name="Bench", tier=next(turns), plan=_PLAN, actor=ACTOR
                )
                for n in numbers
            ]
        provision_pending()
    keys = [tenant.pk for tenant in made]
    found = Tenant.objects.select_related("placement", "plan").in_bulk(keys)
    return [found[key] for key in keys]


def _lift_limits() -> None:
    """Take the limits off a plan; what they limit is counted all the same."""
    limits = {quota.name: None for quota in declared()}
    update_plan(find_plan(_PLAN), changes={"limits": limits}, actor=ACTOR)


def make_caller(tenant: Tenant) -> Caller:
    """An engineer of a tenant, with a token and some blueprints."""
    with tenant_scope(tenant):
        user = create_user(username="engineer", roles=["system-engineer"], actor=ACTOR)
        _, token = create_token(user, name="bench", actor=ACTOR)
        project = create_project(name="Bench", actor=user)
        blueprints = [
            create_blueprint(project, name=f"Blueprint {n}", document=DOCUMENT, actor=user)
            for n in range(BLUEPRINTS)
        ]
    host = f"{tenant.slug}.{os.environ['BASE_DOMAIN']}"
    return Caller(host, token, str(project.pk), [str(each.pk) for each in blueprints])
