"""No statement of a request touches two placements, so that each can lie on another node.

The tour: every operation of the API with its sample, by an admin of each tier and by the
operator, and the lists and forms of the admin. What it records is documented in
docs/operations/scaling.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.urls import reverse

from iac_platform.admin.site import site
from tenants.context import no_tenant_scope
from tests.admin_client import AdminClient
from tests.api.people import People
from tests.api.requests import send
from tests.api.resources import SAMPLES, operations
from tests.tenants.statements import read, recorded

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.tenants.statements import Statement

# Statements that join a placement with shared tables, by those tables, and why Citus runs them:
# it reads what is on the coordinator first and sends it along with the query (its
# citus.local_table_join_policy). Run on Citus 13.2.2.
JOINED = {
    frozenset({"django_content_type"}): "the admin's log names the kind of object",
}


def problems(statements: set[Statement]) -> list[str]:
    """What would not run where placements lie on several nodes."""
    return sorted(
        f"{statement.problem}: {statement.shape}"
        for statement in statements
        if statement.problem and not (statement.shared in JOINED and "joins" in statement.problem)
    )


def _tour_api(tenant: Tenant, role: str, *, operator: bool) -> set[Statement]:
    people = People(tenant)
    fixture, client = people.fixture(role, own=False), people.client(role)
    with recorded() as statements:
        for operation in operations():
            sample = SAMPLES[operation]
            if sample.operator is not operator:
                continue
            with transaction.atomic(), no_tenant_scope():
                send(client, operation, sample, fixture, reader=client)
                transaction.set_rollback(True)
    return statements


def test_the_api_stays_in_one_placement(tenant: Tenant) -> None:
    statements = _tour_api(tenant, "admin", operator=False)
    assert problems(statements) == []
    assert len([one for one in statements if one.own]) > 40, "the tour reached the tables"


def test_the_operators_api_stays_in_one_placement(operator: Tenant) -> None:
    statements = _tour_api(operator, "operator", operator=True)
    assert problems(statements) == []
    assert len([one for one in statements if one.shared]) > 10


def test_the_admin_stays_in_one_placement(operator: Tenant) -> None:
    client = AdminClient(operator, People(operator).user("operator"))
    with recorded() as statements, no_tenant_scope():
        assert client.get(reverse("admin:index")).status_code == 200
        for model in site._registry:  # noqa: SLF001  # there is no public list
            name = f"{model._meta.app_label}_{model._meta.model_name}"
            for page in ("changelist", "add"):
                client.get(reverse(f"admin:{name}_{page}"))
    assert problems(statements) == []
    assert len([one for one in statements if one.own]) > 10


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT * FROM pool_001.users", "names a placement"),
        ('DELETE FROM "users" USING "t_acme_0123abcd"."users" u', "names a placement"),
        (
            'SELECT "users"."id" FROM "users" JOIN "tenants" ON true',
            "joins a placement with tenants",
        ),
        ("LOCK TABLE users", "is a command"),
        ("COPY users TO STDOUT", "is a command"),
        ("INSERT INTO users (id) SELECT * FROM UNNEST(%s)", "inserts the rows of a query"),
        ("SET LOCAL lock_timeout = 1; SELECT id FROM users", "has SET beside"),
    ],
)
def test_a_statement_that_reaches_further_is_found(sql: str, why: str) -> None:
    assert all(statement.problem.startswith(why) for statement in read(sql))


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "users"."id" FROM "users" JOIN "user_roles" ON true',
        "SELECT 1 FROM tenants JOIN placements ON true WHERE schema_name = 'pool_001.users'",
        'UPDATE "projects" SET "name" = %s WHERE "projects"."id" IN (%s, %s)',
        "SELECT id FROM users; SELECT id FROM tenants",
    ],
)
def test_a_statement_inside_one_placement_is_not(sql: str) -> None:
    assert {statement.problem for statement in read(sql)} == {""}


def test_what_is_recorded_is_what_is_sent(operator: Tenant) -> None:  # noqa: ARG001  # opens the database
    with recorded() as statements, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("SELECT 2")
    assert [statement.shape for statement in statements] == ["SELECT ?"]
