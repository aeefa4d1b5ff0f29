"""The API is what its OpenAPI document says, and the document says all of it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings, strategies
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import checks
from schemathesis.core.result import Ok

from tests.api import routes as router
from tests.api.people import People
from tests.api.resources import SAMPLES, operations
from tests.api.routes import METHODS, PREFIX
from tests.api_client import ApiClient, host_of
from tests.sampling import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import BaseSchema, Case

    from tenants.models import Tenant

EXAMPLES = examples("of requests to each operation, from the document", full=10, few=5)
PROMISES = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
reproducibly = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _described(operation: str) -> str:
    """An operation, or a parameter, as the document writes it: readers know ids, not keys."""
    return "id" if operation == "pk" else operation.replace("{pk}", "{id}")


def _operation(described: str) -> str:
    return described.replace("{id}", "{pk}")


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Keep the end of a request from closing the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_the_document_is_served_to_anybody_and_is_valid_openapi_3_1(acme: Tenant) -> None:
    response = ApiClient(acme).get("/api/schema/")
    assert response.status_code == 200
    document = response.json()
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_operation_is_described_and_nothing_else(acme: Tenant) -> None:
    paths = ApiClient(acme).get("/api/schema/").json()["paths"]
    described = {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method in methods
        if method.upper() in METHODS
    }
    beside = {f"POST {path}" for path in paths if path.startswith(router.OAUTH)}
    assert described == {_described(operation) for operation in router.operations()} | beside
    assert "POST /api/v1/oauth/token" in beside


# Of any type: what stood at a place of a document, before and after.
ANYTHING = {"ChangeOutput.old", "ChangeOutput.new"}


def test_every_member_has_a_type(acme: Tenant) -> None:
    shapes = ApiClient(acme).get("/api/schema/").json()["components"]["schemas"]
    typed = {"type", "$ref", "allOf", "oneOf", "anyOf", "enum"}
    untyped = {
        f"{name}.{member}"
        for name, shape in shapes.items()
        for member, described in shape.get("properties", {}).items()
        if not typed & described.keys()
    }
    assert untyped == ANYTHING


def _keep_promises(people: People, role: str, case: Case[Any], *, real: bool) -> None:
    """Send one generated request, undo it, and hold the answer to the document."""
    operation = _operation(f"{case.method.upper()} {case.path}")
    fixture = people.fixture(role, own=False)
    headers = {"Authorization": f"Bearer {people.client(role).token}"}
    if real:  # Of what exists, so that not every answer is a 404.
        case.path_parameters = {
            _described(name): str(value(fixture))
            for name, value in SAMPLES[operation].address.values.items()
        }
        headers["If-Match"] = "*"
    with transaction.atomic():
        response = case.call(base_url=f"http://{host_of(people.tenant)}", headers=headers)
        transaction.set_rollback(True)
    assert response.status_code not in {401, 429}, "the suite's own mistake"
    case.validate_response(response, checks=PROMISES)


def _explore(
    tenant: Tenant, role: str, resource: str, subtests: pytest.Subtests, *, operator: bool
) -> None:
    people = People(tenant)
    people.fixture(role, own=False)
    for found in _document().get_all_operations():
        assert isinstance(found, Ok), found
        described = found.ok()
        name = _operation(f"{described.method.upper()} {described.path}")
        if _resource(name) != resource or SAMPLES[name].operator is not operator:
            continue

        @reproducibly
        @given(case=described.as_strategy(), real=strategies.booleans())
        def explore(case: Case[Any], real: bool) -> None:
            _keep_promises(people, role, case, real=real)

        with subtests.test(name):
            explore()


@cache
def _document() -> BaseSchema:
    """The document as it is served; to make it anew takes as long as many requests."""
    return schemathesis.openapi.from_wsgi("/api/schema/", get_wsgi_application())


def _resource(operation: str) -> str:
    """The first step of an address after the version."""
    return operation.partition(PREFIX)[2].partition("/")[0]


def _resources(*, operator: bool) -> list[str]:
    return sorted({_resource(name) for name in operations() if SAMPLES[name].operator is operator})


@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("resource", _resources(operator=False))
def test_generated_requests_get_the_answers_that_the_document_promises(
    acme: Tenant, resource: str, subtests: pytest.Subtests
) -> None:
    _explore(acme, "admin", resource, subtests, operator=False)


@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("resource", _resources(operator=True))
def test_the_operators_generated_requests_too(
    operator: Tenant, resource: str, subtests: pytest.Subtests
) -> None:
    _explore(operator, "operator", resource, subtests, operator=True)
