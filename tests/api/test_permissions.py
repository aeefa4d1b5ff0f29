"""The permission matrix, in both tiers; being refused changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.db import transaction

from rbac.models import AuditEntry
from rbac.services import denials
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


@pytest.fixture(autouse=True)
def _every_denial_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """One person is denied more here than the log would tell singly (test_denials)."""
    monkeypatch.setattr(denials, "MOST_KINDS", 10_000)


class Outcome(NamedTuple):
    """What came of a request: its status, the tables that it changed, what the log says of it."""

    status: int
    tables: set[str]
    log: list[str]


def _outcome(people: People, operation: str, role: str, *, own: bool) -> Outcome:
    client, fixture = people.client(role), people.fixture(role, own=own)
    sample = SAMPLES[operation]
    if operation.startswith("GET "):
        response = send(client, operation, sample, fixture)
        return Outcome(response.status_code, set(), _logged(people.tenant, response))
    with transaction.atomic():
        if role == OPERATOR and sample.prepare is not None:
            with tenant_scope(people.tenant):
                sample.prepare(fixture)
        before = snapshot(people.tenant)
        response = send(client, operation, sample, fixture, headers=ANY_REVISION)
        after = snapshot(people.tenant)
        log = _logged(people.tenant, response)
        transaction.set_rollback(True)
    return Outcome(response.status_code, changed(before, after), log)


def _logged(tenant: Tenant, response: Any) -> list[str]:
    """What the audit log says of one request, by its id."""
    with tenant_scope(tenant):
        entries = AuditEntry.objects.filter(request_id=response["X-Request-ID"])
        return list(entries.values_list("action", flat=True))


def _check(tenant: Tenant, whose: str, roles: list[str], subtests: pytest.Subtests) -> None:
    people = People(tenant)
    for (operation, subject), expected in MATRIX.items():
        if subject != whose:
            continue
        with subtests.test(operation):
            own = whose == "own"
            outcomes = {role: _outcome(people, operation, role, own=own) for role in roles}
            statuses = {role: outcome.status for role, outcome in outcomes.items()}
            assert statuses == {role: expected[role] for role in roles}
            for role, outcome in outcomes.items():
                _require_record(operation, role, outcome)


def _require_record(operation: str, role: str, outcome: Outcome) -> None:
    """What is done is on record; what is refused is too, and changes nothing else, anywhere."""
    status, tables, log = outcome
    if status >= 300:
        assert not tables, (role, tables)
        assert log == ([] if status == 401 else ["access.denied"]), role
    elif SAMPLES[operation].asks:
        assert not tables, (role, tables)
    elif not operation.startswith("GET "):
        assert ENTRIES in tables, role
        assert log, role
        assert "access.denied" not in log, role


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
    fixture = people.fixture("admin", own=False)
    clients = [people.client(role) for role in ("admin", "viewer", "anonymous")]
    before = snapshot(tenant)
    for route in routes():
        operation = route.operations[0]
        path = path_of(operation, SAMPLES[operation], fixture)
        for method in route.undeclared:
            with subtests.test(f"{method} {route.template}"):
                for client in clients:
                    response = client.generic(method, path, "{}", "application/json")
                    assert response.status_code == 405
                    assert response.json()["code"] == "method-not-allowed"
                    allowed = set(response.headers["Allow"].split(", "))
                    assert allowed & set(METHODS) == set(route.actions)
    assert not changed(before, snapshot(tenant))


CHANGES = [name for name in operations() if name.startswith(("PATCH ", "PUT "))]


@pytest.mark.parametrize("whom", ["customer", "operator"])
def test_what_is_changed_is_on_record_with_what_it_was_before(
    whom: str, acme: Tenant, operator: Tenant, subtests: pytest.Subtests
) -> None:
    home, role = (operator, OPERATOR) if whom == "operator" else (acme, "admin")
    people = People(home)
    client, fixture = people.client(role), people.fixture(role, own=False)
    for operation in CHANGES:
        if SAMPLES[operation].operator is not (whom == "operator"):
            continue
        with subtests.test(operation), transaction.atomic():
            response = send(client, operation, SAMPLES[operation], fixture, headers=ANY_REVISION)
            assert response.status_code in {200, 201, 204}
            with tenant_scope(home):
                entries = AuditEntry.objects.filter(request_id=response["X-Request-ID"])
                told = [value for entry in entries for value in entry.changes.values()]
            assert any(_is_pair(value) for value in told), told
            transaction.set_rollback(True)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2
