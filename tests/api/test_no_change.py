"""A change that changes nothing leaves no trace: no revision, no audit entry, no other ETag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tests.api.people import People
from tests.api.requests import send
from tests.api.resources import SAMPLES, operations, path_of

if TYPE_CHECKING:
    import pytest

    from tenants.models import Tenant
    from tests.api.fixtures import Fixture
    from tests.api_client import ApiClient

UPDATES = [each for each in operations() if each.startswith(("PATCH ", "PUT "))]
_CUSTOMERS = [each for each in UPDATES if not SAMPLES[each].operator]
_OPERATORS = [each for each in UPDATES if SAMPLES[each].operator]


def _traces(people: People, client: ApiClient, operation: str, fixture: Fixture) -> Any:
    """What is shown of the object, under which tag, and how long the log is."""
    sample = SAMPLES[operation]
    shown = client.get(path_of(operation, sample, fixture))
    assert shown.status_code == 200
    with tenant_scope(people.tenant):
        entries = AuditEntry.objects.count()
    content = _without_calls(shown.json())
    tag = shown.headers["ETag"] if content == shown.json() else None
    return content, tag, entries


def _without_calls(shown: dict[str, Any]) -> dict[str, Any]:
    """A report of usage without the API calls, which asking for it adds to."""
    if "quotas" not in shown:
        return shown
    return shown | {"quotas": [each for each in shown["quotas"] if each["unit"] != "calls"]}


def _update(
    people: People, role: str, operation: str, content: Any = None
) -> tuple[int, Any, Any, Any]:
    client, fixture = people.client(role), people.fixture(role, own=False)
    before = _traces(people, client, operation, fixture)
    response = send(client, operation, SAMPLES[operation], fixture, content=content, reader=client)
    return response.status_code, before, _traces(people, client, operation, fixture), response


def _require_no_traces(
    tenant: Tenant, role: str, updates: list[str], subtests: pytest.Subtests
) -> None:
    people = People(tenant)
    people.client(role)
    people.fixture(role, own=False)
    for operation in updates:
        with subtests.test(operation), transaction.atomic():
            _require_no_trace(people, role, operation)
            transaction.set_rollback(True)


def _require_no_trace(people: People, role: str, operation: str) -> None:
    status, before, after, _ = _update(people, role, operation)
    assert status in {200, 201}
    assert after[2] > before[2], "the sample changes nothing, so the next step would prove nothing"
    status, before, after, answer = _update(people, role, operation)
    assert (status, after) == (200, before), "repeated"
    if operation.startswith("PATCH "):
        status, before, after, answer = _update(people, role, operation, content={})
        assert (status, after) == (200, before), "nothing given"
    assert before[1] in {None, answer.headers["ETag"]}


def test_a_customers_update_without_a_difference_leaves_no_trace(
    tenant: Tenant, subtests: pytest.Subtests
) -> None:
    _require_no_traces(tenant, "admin", _CUSTOMERS, subtests)


def test_an_operators_update_without_a_difference_leaves_no_trace(
    operator: Tenant, subtests: pytest.Subtests
) -> None:
    _require_no_traces(operator, "operator", _OPERATORS, subtests)
