"""Tenants of both tiers, each with one user and token for every client."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from blueprints.catalog.models import Project
from iac_platform.common.audit import SystemActor
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import PLATFORM_TENANT_ID, Tenant, Tier
from tenants.operations.upkeep import drain_queue
from tenants.tenants.services import create_tenant

if TYPE_CHECKING:
    from uuid import UUID

ACTOR = SystemActor("bench_failures")
TIERS = [Tier.STANDARD] * 3 + [Tier.ENTERPRISE] * 2


@dataclass(frozen=True)
class Account:
    """A tenant as its clients know it."""

    tenant: Tenant
    host: str
    tokens: list[str]


def accounts(clients: int) -> list[Account]:
    """New tenants, and a token in each for every client."""
    run = secrets.token_hex(3)
    with as_owner():
        platform = _tenant(PLATFORM_TENANT_ID)
        with tenant_scope(platform):
            made = [
                create_tenant(
                    slug=f"t{number}-{run}", name=f"Tenant {number}", tier=tier, actor=ACTOR
                )
                for number, tier in enumerate(TIERS)
            ]
        drain_queue()
    return [_account(_tenant(tenant.pk), clients) for tenant in made]


def rows_of(account: Account) -> set[str]:
    """The names of a tenant's projects, read by the owner past every policy."""
    with as_owner(), tenant_scope(_tenant(account.tenant.pk)):
        projects = Project.objects.filter(tenant_id=account.tenant.pk)
        return set(projects.values_list("name", flat=True))


def _tenant(key: UUID) -> Tenant:
    return Tenant.objects.select_related("placement", "plan").get(pk=key)


def _account(tenant: Tenant, clients: int) -> Account:
    with tenant_scope(tenant):
        tokens = [_token(number) for number in range(clients)]
    return Account(tenant, f"{tenant.slug}.{settings.BASE_DOMAIN}", tokens)


def _token(number: int) -> str:
    user = create_user(username=f"client-{number}", roles=["admin"], actor=ACTOR)
    return create_token(user, name="bench", actor=ACTOR)[1]
