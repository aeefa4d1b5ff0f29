"""The permission matrix, in both tiers; being refused changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from tenants.context import tenant_scope
from tests.api.matrix import OPERATOR, ROLES, expectations
from tests.api.people import People
from tests.api.requests import send
from tests.api.routes import METHODS, operations, routes
from tests.api.samples import SAMPLES, path_of
from tests.snapshots import ENTRIES, changed, snapshot

if TYPE_CHECKING:
    from tenants.models import Tenant

MATRIX = expectations()
CUSTOMERS_ROLES = [role for role in ROLES if role != OPERATOR]
WHOSE = {"nobodys": "-", "anothers": "other", "ones-own": "own"}
ANY_REVISION = {"If-Match": "*"}


def _outcome(people: People, operation: str, role: str, *, own: bool) -> tuple[int, set[str]]:
    """The status that a role is answered with, and the tables that were changed."""
    client, estate = people.client(role), people.estate(role, own=own)
    sample = SAMPLES[operation]
    if operation.startswith("GET "):
        return send(client, operation, sample, estate).status_code, set()
    with transaction.atomic():
        if role == OPERATOR and sample.prepare is not None:
            with tenant_scope(people.tenant):
                sample.prepare(estate)
        before = snapshot(people.tenant)
        response = send(client, operation, sample, estate, headers=ANY_REVISION)
        after = snapshot(people.tenant)
        transaction.set_rollback(True)
    return response.status_code, changed(before, after)


def _check(tenant: Tenant, whose: str, roles: list[str], subtests: pytest.Subtests) -> None:
    people = People(tenant)
    for (operation, subject), expected in MATRIX.items():
        if subject != whose:
            continue
        with subtests.test(operation):
            own = whose == "own"
            outcomes = {role: _outcome(people, operation, role, own=own) for role in roles}
            statuses = {role: status for role, (status, _) in outcomes.items()}
            assert statuses == {role: expected[role] for role in roles}
            for role, (status, tables) in outcomes.items():
                done = status < 300 and not operation.startswith("GET ")
                # What is done is on record; what is refused changes nothing, anywhere.
                assert (ENTRIES in tables) if done else not tables, (role, tables)


def test_the_matrix_has_a_row_for_every_operation_and_no_other() -> None:
    assert {operation for operation, _ in MATRIX} == set(operations())


@pytest.mark.parametrize("whose", WHOSE.values(), ids=WHOSE)
def test_a_role_may_do_what_the_matrix_says(
    tenant: Tenant, whose: str, subtests: pytest.Subtests
) -> None:
    _check(tenant, whose, CUSTOMERS_ROLES, subtests)


@pytest.mark.parametrize("whose", WHOSE.values(), ids=WHOSE)
def test_the_operator_may_do_what_the_matrix_says(
    operator: Tenant, whose: str, subtests: pytest.Subtests
) -> None:
    _check(operator, whose, [OPERATOR], subtests)


def test_a_verb_that_nobody_declared_is_refused(tenant: Tenant, subtests: pytest.Subtests) -> None:
    people = People(tenant)
    estate = people.estate("admin", own=False)
    clients = [people.client(role) for role in ("admin", "viewer", "anonymous")]
    before = snapshot(tenant)
    for route in routes():
        operation = route.operations[0]
        path = path_of(operation, SAMPLES[operation], estate)
        for method in route.undeclared:
            with subtests.test(f"{method} {route.template}"):
                for client in clients:
                    response = client.generic(method, path, "{}", "application/json")
                    assert response.status_code == 405
                    assert response.json()["code"] == "method-not-allowed"
                    allowed = set(response.headers["Allow"].split(", "))
                    assert allowed & set(METHODS) == set(route.actions)
    assert not changed(before, snapshot(tenant))
