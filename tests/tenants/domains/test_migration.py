"""Domains from before keep their names and get ids that tell nothing, and challenges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management import call_command

from tenants.context import tenant_scope
from tenants.models import PLATFORM_TENANT_ID, Domain, Tier
from tests.throwaway import platform

if TYPE_CHECKING:
    from tests.tenants.conftest import Plain
    from tests.throwaway import ThrowawayTenants

NAME = "from-before.customer.example"
OPERATOR = f"SELECT set_config('app.current_tenant', '{PLATFORM_TENANT_ID}', true)"
ADD = (
    "INSERT INTO domains (domain, tenant_id, is_primary, created_at) "
    "VALUES (%s, %s, false, now()) RETURNING id"
)


def migrate_shared(*target: str) -> None:
    call_command("migrate_schemas", *target, shared=True, verbosity=0)


def test_domains_from_before_are_taken_along(
    committed_tenants: ThrowawayTenants, psql_as_app: Plain
) -> None:
    tenant = committed_tenants(Tier.STANDARD)
    with tenant_scope(platform()):
        before = sorted(Domain.objects.values_list("domain", flat=True))
    try:
        migrate_shared("tenants", "0008")
        with psql_as_app.transaction():
            psql_as_app.execute(OPERATOR)
            [(number,)] = psql_as_app.execute(ADD, [NAME, tenant.pk])
            known = psql_as_app.execute("SELECT domain, id FROM domains").fetchall()
    finally:
        migrate_shared()
    assert sorted(name for name, _ in known) == sorted([*before, NAME])
    assert number == max(each for _, each in known) == len(known)
    with tenant_scope(platform()):
        added = Domain.objects.get(domain=NAME)
        assert len(added.challenge) == 64
        assert sorted(Domain.objects.values_list("domain", flat=True)) == sorted([*before, NAME])
        assert not Domain.objects.exclude(domain=NAME).exclude(challenge="").exists()
    call_command("check_isolation", "--no-probes")
