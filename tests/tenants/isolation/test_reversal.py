"""Migrations run backwards, and forwards again to the same isolation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from tenants.database.roles import as_owner
from tenants.isolation.catalog import check
from tenants.models import Tier

if TYPE_CHECKING:
    from tests.throwaway import ThrowawayTenants


def migrate(schema_name: str, *target: str) -> None:
    call_command("migrate_schemas", *target, schema_name=schema_name, tenant=True, verbosity=0)


@pytest.mark.parametrize("target", [("catalog", "zero"), ("rbac", "0001"), ("rbac", "zero")])
def test_what_is_unapplied_can_be_applied_again(
    committed_tenants: ThrowawayTenants, target: tuple[str, str]
) -> None:
    schema = committed_tenants(Tier.ENTERPRISE).schema_name
    migrate(schema, *target)
    with as_owner():
        assert [finding for finding in check() if finding.schema == schema]
    migrate(schema)
    with as_owner():
        assert [finding for finding in check() if finding.schema == schema] == []
