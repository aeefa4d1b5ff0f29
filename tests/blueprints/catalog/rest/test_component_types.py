from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from blueprints.catalog import component_types, examples
from tests.blueprints.catalog.rest.builders import assert_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api

TYPES = "/api/v1/component-types/"
SCHEMA = "/api/v1/blueprint-schema/"


def test_every_type_is_listed_with_the_schema_of_its_properties(tenant: Tenant, api: Api) -> None:
    page = api(tenant, "viewer").get(TYPES).json()
    assert [each["name"] for each in page["results"]] == list(component_types.names())
    assert page["next"] is None
    for each in page["results"]:
        Draft202012Validator.check_schema(each["schema"])
        assert each["schema"]["properties"]
        assert set(each["clouds"]) == {"aws", "azure", "google"}


def test_one_type_is_as_in_the_list(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "viewer")
    page = client.get(TYPES).json()["results"]
    assert page
    for listed in page:
        assert client.get(f"{TYPES}{listed['name']}/").json() == listed


def test_an_unknown_type_is_answered_with_the_nearest(tenant: Tenant, api: Api) -> None:
    problem = assert_problem(
        api(tenant, "viewer").get(f"{TYPES}databse/"), 404, "unknown-component-type"
    )
    assert "database" in problem["detail"]


def test_the_schema_accepts_the_worked_examples(tenant: Tenant, api: Api) -> None:
    response = api(tenant, "viewer").get(SCHEMA)
    assert response.headers["Content-Type"] == "application/schema+json"
    validator = Draft202012Validator(response.json())
    for name in examples.names():
        validator.validate(examples.load(name))
    assert not validator.is_valid({"cloud": "aws"})


def test_the_schema_is_json_to_those_who_ask_for_json(acme: Tenant, api: Api) -> None:
    response = api(acme, "viewer").get(SCHEMA, headers={"Accept": "application/json"})
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("url", [TYPES, f"{TYPES}network/", SCHEMA])
def test_what_the_client_has_is_not_sent_again(acme: Tenant, api: Api, url: str) -> None:
    client = api(acme, "viewer")
    tag = client.get(url).headers["ETag"]
    again = client.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(url, headers={"If-None-Match": '"else"'}).status_code == 200


@pytest.mark.parametrize("url", [TYPES, f"{TYPES}network/", f"{TYPES}nothing/", SCHEMA])
def test_without_credentials_it_is_a_401(
    acme: Tenant, anonymous: Callable[[Tenant], ApiClient], url: str
) -> None:
    assert_problem(anonymous(acme).get(url), 401, "not-authenticated")


def test_they_cost_no_query_beyond_those_of_the_token(
    acme: Tenant, api: Api, django_assert_num_queries: Callable[..., object]
) -> None:
    client = api(acme, "viewer")
    client.get(TYPES)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]  # a context manager
        client.get(TYPES)
