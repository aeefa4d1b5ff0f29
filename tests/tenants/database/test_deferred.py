"""Statements that are sent along with the next one: in order, in their tenant, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import Error, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from blueprints.catalog.models import Project
from rbac.models import Team
from tenants.context import NoTenantScope, tenant_scope
from tenants.models import Tenant, Tier

if TYPE_CHECKING:
    from tests.throwaway import ThrowawayTenants

backend: Any = connection
"""Our backend, which Django's types do not know."""


@pytest.fixture
def tenant(committed_tenants: ThrowawayTenants) -> Tenant:
    return committed_tenants(Tier.ENTERPRISE)


def team(name: str) -> Team:
    """A row that nothing else writes in these tests."""
    made = Team(name=name, name_key=name.lower())
    backend.insert_deferred(made)
    return made


def names() -> set[str]:
    return set(Team.objects.values_list("name", flat=True))


def test_it_costs_no_statement_and_is_seen_by_the_next(tenant: Tenant) -> None:
    with tenant_scope(tenant), CaptureQueriesContext(connection) as queries:
        with transaction.atomic():
            team("First")
            team("Second")
            assert not queries.captured_queries
            assert names() == {"First", "Second"}
            team("Third")
        sent = [each["sql"] for each in queries.captured_queries]
        assert len(sent) == 2, "the query and COMMIT"
        assert names() == {"First", "Second", "Third"}


@pytest.mark.parametrize("name", ["100 %", "%s", "%(x)s", "it's", "back\\slash", "$1; --", "é☃"])
def test_what_it_says_means_nothing_in_the_next(tenant: Tenant, name: str) -> None:
    with tenant_scope(tenant):
        with transaction.atomic():
            team(name)
            assert Team.objects.filter(name=name).count() == 1
            team(f"{name} again")
            with connection.cursor() as cursor:
                cursor.execute("SELECT '%'")
                assert cursor.fetchone() == ("%",)
            team(f"{name} at last")
        assert names() == {name, f"{name} again", f"{name} at last"}


def test_it_is_written_by_a_transaction_that_does_nothing_else(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        with transaction.atomic():
            team("Alone")
        assert names() == {"Alone"}


def test_each_is_written_in_the_tenant_that_it_was_made_in(
    committed_tenants: ThrowawayTenants,
) -> None:
    """The next statement, and COMMIT, run in another scope, or in none."""
    first, second = committed_tenants(Tier.STANDARD), committed_tenants(Tier.STANDARD)
    third = committed_tenants(Tier.ENTERPRISE)
    with transaction.atomic():
        for each in (first, second, third):
            with tenant_scope(each):
                team(f"Of {each.slug}")
                team(f"Also of {each.slug}")
        with tenant_scope(first):
            assert names() == {f"Of {first.slug}", f"Also of {first.slug}"}
        with tenant_scope(third):
            team("Last")
    for each in (first, second):
        with tenant_scope(each):
            assert names() == {f"Of {each.slug}", f"Also of {each.slug}"}
    with tenant_scope(third):
        assert names() == {f"Of {third.slug}", f"Also of {third.slug}", "Last"}


def fail(how: str) -> None:
    team("Within")
    if how == "by choice":
        raise ZeroDivisionError
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT 1 / 0")
        finally:
            if how == "after the server":
                team("After the error")


@pytest.mark.parametrize("how", ["by choice", "by the server", "after the server"])
def test_it_goes_with_its_savepoint(tenant: Tenant, how: str) -> None:
    with tenant_scope(tenant), transaction.atomic():
        team("Before")
        with pytest.raises((ZeroDivisionError, Error)), transaction.atomic():
            fail(how)
        team("After")
    with tenant_scope(tenant):
        assert names() == {"Before", "After"}


def test_it_goes_with_its_transaction(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        with transaction.atomic():
            team("Undone")
            transaction.set_rollback(True)
        with transaction.atomic():
            team("Lost")
            connection.close()
            transaction.set_rollback(True)
        with transaction.atomic():
            team("Done")
        assert names() == {"Done"}


def test_a_statement_that_the_driver_refuses_leaves_it_waiting(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        with transaction.atomic():
            team("Kept")
            with connection.cursor() as cursor, pytest.raises(Error, match="placeholder"):
                cursor.execute("SELECT %s, %s", [1])
        assert names() == {"Kept"}


@transaction.atomic
def write_twice(*, then_ask: bool) -> None:
    Project.objects.create(name="Beside")
    team("Twice")
    team("Twice")
    if then_ask:
        Project.objects.exists()


@pytest.mark.parametrize("then_ask", [True, False], ids=["query", "commit"])
def test_its_error_is_the_next_ones_and_nothing_is_committed(
    tenant: Tenant, *, then_ask: bool
) -> None:
    backend.may_have_committed = False
    with tenant_scope(tenant):
        with pytest.raises(IntegrityError, match="teams_name"):
            write_twice(then_ask=then_ask)
        assert not backend.may_have_committed
        assert (names(), Project.objects.count()) == (set(), 0)


def test_it_needs_a_transaction_and_a_scope(tenant: Tenant) -> None:
    with tenant_scope(tenant), pytest.raises(TransactionManagementError):
        team("Outside")
    with transaction.atomic(), pytest.raises(NoTenantScope):
        backend.insert_deferred(Team(name="Nobody's", name_key="nobody's"))
