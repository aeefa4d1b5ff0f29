"""Reading something of all tenants, one placement after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection

from rbac.models import User
from rbac.services.users import create_user
from tenants.context import NoTenantScope, current_tenant, tenant_scope
from tenants.fleet.reading import read_everywhere
from tenants.models import Tier
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

_NAME = "somebody-everywhere"


@pytest.fixture
def tenants(committed_tenants: ThrowawayTenants) -> list[Tenant]:
    """Two in one placement and one in its own, each with a user."""
    made = [committed_tenants(tier) for tier in (Tier.STANDARD, Tier.STANDARD, Tier.ENTERPRISE)]
    for tenant in made:
        with tenant_scope(tenant):
            create_user(username=_NAME, actor=ACTOR)
    return made


def _read() -> Iterator[str]:
    yield from map(str, User.objects.filter(username=_NAME).values_list("tenant_id", flat=True))


def test_rows_of_all_tenants_are_read(tenants: list[Tenant]) -> None:
    with tenant_scope(tenants[0]):
        assert sorted(read_everywhere(_read)) == sorted(str(each.pk) for each in tenants)
        assert current_tenant() == tenants[0]
        assert list(_read()) == [str(tenants[0].pk)], "it is the application again"
    with pytest.raises(NoTenantScope):
        list(_read())


def test_a_placement_that_cannot_be_read_holds_up_no_other(tenants: list[Tenant]) -> None:
    *others, broken = tenants

    def read() -> Iterator[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / (current_schema() <> %s)::int", [broken.schema_name])
        yield from _read()

    assert sorted(read_everywhere(read)) == sorted(str(each.pk) for each in others)


def test_another_error_is_raised_and_leaves_the_owner_s_place(tenants: list[Tenant]) -> None:
    def read() -> list[str]:
        raise LookupError

    with pytest.raises(LookupError):
        read_everywhere(read)
    with tenant_scope(tenants[0]), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] != "iac_owner"
