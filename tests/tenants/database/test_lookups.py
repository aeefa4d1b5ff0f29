"""The functions that find a tenant show what their callers may see, and all that is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants import selectors
from tenants.context import no_tenant_scope, tenant_scope
from tenants.database.lookups import TENANT_AT_HOST, TENANT_WITH_ID
from tenants.database.roles import as_owner
from tenants.errors import UnknownHost
from tenants.models import Domain

if TYPE_CHECKING:
    from uuid import UUID

    from tenants.database.lookups import LookupFunction
    from tenants.models import Tenant


def _rows(function: LookupFunction, value: str | UUID) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(function.select_like('SELECT "tenants"."slug" FROM "tenants"'), [value])
        return list(cursor.fetchall())


def test_policies_hold_inside_them(acme: Tenant, globex: Tenant) -> None:
    with no_tenant_scope():
        hosts = {
            tenant: Domain.objects.get(tenant=tenant, is_primary=True).domain
            for tenant in (acme, globex)
        }
        assert _rows(TENANT_WITH_ID, globex.pk) == [(globex.slug,)]
        assert _rows(TENANT_AT_HOST, hosts[globex]) == [(globex.slug,)]
    with tenant_scope(acme):
        assert _rows(TENANT_WITH_ID, acme.pk) == [(acme.slug,)]
        assert _rows(TENANT_AT_HOST, hosts[acme]) == [(acme.slug,)]
        assert _rows(TENANT_WITH_ID, globex.pk) == []
        assert _rows(TENANT_AT_HOST, hosts[globex]) == []


def test_one_query_brings_all_that_a_request_asks_of_its_tenant(acme: Tenant) -> None:
    expected = (acme.schema_name, acme.plan.key, acme.created_at)
    with no_tenant_scope():
        host = Domain.objects.get(tenant=acme, is_primary=True).domain
        with CaptureQueriesContext(connection) as queries:
            for found in (selectors.tenant_at(host), selectors.tenant_by_id(acme.pk)):
                assert found == acme
                assert found is not None
                assert (found.schema_name, found.plan.key, found.created_at) == expected
    assert len(queries) == 2


def test_a_domain_that_is_not_verified_leads_nowhere(acme: Tenant) -> None:
    with as_owner(), no_tenant_scope():
        row = Domain.objects.create(tenant=acme, domain="shop.example.com", is_primary=False)
    try:
        with no_tenant_scope(), pytest.raises(UnknownHost):
            selectors.tenant_at("shop.example.com")
    finally:  # the owner's connection commits
        with as_owner(), no_tenant_scope():
            row.delete()
