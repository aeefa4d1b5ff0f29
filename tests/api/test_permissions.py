"""The permission matrix, in both tiers; being refused changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.db import transaction

from iac_platform.cache.erasure import forget
from rbac.models import AuditEntry
from rbac.services import denials
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.api.people import People
from tests.api.requests import send
from tests.api.resources import MATRIX, SAMPLES, operations, path_of, routes
from tests.api.rights import OPERATOR, ROLES
from tests.api.routes import METHODS, route_of
from tests.sampling import FULL, sampled
from tests.snapshots import changed, snapshot

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tenants.models import Tenant

CUSTOMERS_ROLES = [role for role in ROLES if role != OPERATOR]
ROWS = {row: expected for row, expected in MATRIX.items() if row[0] in operations()}
WHOSE = {"nobodys": "-", "anothers": "other", "ones-own": "own"}
ANY_REVISION = {"If-Match": "*"}


@pytest.fixture(autouse=True)
def _every_denial_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """One person is denied more here than the log would tell singly (test_denials)."""
    monkeypatch.setattr(denials, "MOST_KINDS", 10_000)


class Outcome(NamedTuple):
    """What came of a request: its status, and what the log says of it."""

    status: int
    log: list[str]


def _outcome(people: People, operation: str, role: str, *, own: bool) -> Outcome:
    """Send one request; what it was meant to change is undone, what it was not stays."""
    client, fixture = people.client(role), people.fixture(role, own=own)
    sample = SAMPLES[operation]
    with transaction.atomic():
        if role == OPERATOR and sample.prepare is not None:
            with tenant_scope(people.tenant):
                sample.prepare(fixture)
        headers = {} if operation.startswith("GET ") else ANY_REVISION
        response = send(client, operation, sample, fixture, headers=headers)
        log = _logged(people.tenant, response)
        transaction.set_rollback(response.status_code < 300 and not sample.asks)
    return Outcome(response.status_code, log)


def _logged(tenant: Tenant, response: Any) -> list[str]:
    """What the audit log says of one request, by its id."""
    with tenant_scope(tenant):
        entries = AuditEntry.objects.filter(request_id=response["X-Request-ID"])
        return list(entries.values_list("action", flat=True))


def _signature(operation: str, whose: str) -> Hashable:
    """What a role's answer depends on: the permission, whose it is about, and what is expected."""
    route, method = route_of(operation), operation.partition(" ")[0]
    permission = route.view.action_permissions[route.actions[method]]
    expected = tuple(ROWS[operation, whose].values())
    return permission.name, method == "GET", whose, expected


WITH_ALL_ROLES = set(
    sampled(
        "rows of the permission matrix with every role, and at an enterprise tenant: one a"
        " permission and expectation (the others with one role for each status)",
        ROWS,
        by=lambda row: _signature(*row),
    )
)


def _roles_to_try(tenant: Tenant, operation: str, whose: str, roles: list[str]) -> list[str]:
    """Every role where a row stands for others; elsewhere one for each status.

    Customers of the enterprise tier are asked for less: for rows that stand for others alone, and
    one role for each status.
    """
    everything = FULL or tenant.tier == Tier.STANDARD or roles == [OPERATOR]
    stands_for_others = (operation, whose) in WITH_ALL_ROLES
    if everything and (FULL or stands_for_others):
        return roles
    expected = ROWS[operation, whose]
    one_each = list({expected[role]: role for role in roles}.values())
    return one_each if everything or stands_for_others else []


def _check(tenant: Tenant, whose: str, roles: list[str], subtests: pytest.Subtests) -> None:
    # The log tells once a minute what nobody in particular is refused, by other tests too.
    forget(tenant.pk)
    people, own = People(tenant), whose == "own"
    for role in roles:
        people.client(role)
        people.fixture(role, own=own)
    before = snapshot(tenant)
    for (operation, subject), expected in ROWS.items():
        tried = _roles_to_try(tenant, operation, whose, roles) if subject == whose else []
        if not tried:
            continue
        with subtests.test(operation), transaction.atomic():
            outcomes = {role: _outcome(people, operation, role, own=own) for role in tried}
            after = before if operation.startswith("GET ") else snapshot(tenant)
            transaction.set_rollback(True)
            statuses = {role: outcome.status for role, outcome in outcomes.items()}
            assert statuses == {role: expected[role] for role in tried}
            assert not changed(before, after), "what was refused, or only asked, changes nothing"
            for role, outcome in outcomes.items():
                _require_record(operation, role, outcome)


def _require_record(operation: str, role: str, outcome: Outcome) -> None:
    """What is done is on record; what is refused is too."""
    status, log = outcome
    if status >= 300:
        assert log == ([] if status == 401 else ["access.denied"]), role
    elif not operation.startswith("GET ") and not SAMPLES[operation].asks:
        assert log, role
        assert "access.denied" not in log, role


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
                values = [value for entry in entries for value in entry.changes.values()]
            assert any(_is_pair(value) for value in values), values
            transaction.set_rollback(True)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2
