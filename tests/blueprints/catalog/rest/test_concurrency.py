"""Several people at once, each on a connection of their own, with everything committed."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from blueprints.catalog.models import Blueprint, BlueprintVersion, Project
from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.blueprints.catalog.rest.builders import (
    BLUEPRINTS,
    PROJECTS,
    make_blueprint,
    make_project,
    versions_url,
)
from tests.blueprints.catalog.services.documents import document

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api
    from tests.throwaway import ThrowawayTenants

WRITERS = 6


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def tenant(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    return committed_tenants(request.param)


@pytest.fixture
def client(tenant: Tenant, api: Api) -> ApiClient:
    return api(tenant, "admin")


def at_once(client: ApiClient, *requests: Callable[[ApiClient], Any]) -> list[Any]:
    """The responses to requests that are sent at the same moment."""
    start = Barrier(len(requests))

    def send(request: Callable[[ApiClient], Any]) -> Any:
        try:
            start.wait(timeout=30)
            return request(client.at(client.host))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def statuses(responses: list[Any]) -> Counter[int]:
    return Counter(response.status_code for response in responses)


def adding(blueprint: dict[str, Any], number: int, **headers: str) -> Callable[[ApiClient], Any]:
    body = {"document": document(cidr=f"10.{number}.0.0/16")}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda client: client.post(versions_url(blueprint), body, headers=named)


def creating(project: dict[str, Any]) -> Callable[[ApiClient], Any]:
    body = {"project": project["id"], "name": "Web", "document": document()}
    return lambda client: client.post(BLUEPRINTS, body)


def test_blueprints_of_one_name_get_prefixes_of_their_own(client: ApiClient) -> None:
    projects = [make_project(client, f"Shop {number}") for number in range(WRITERS)]
    made = at_once(client, *map(creating, projects))
    assert statuses(made) == {201: WRITERS}
    prefixes = {each.json()["resource_prefix"] for each in made}
    assert len(prefixes) == WRITERS
    assert "web" in prefixes


def test_numbers_have_no_gaps_however_many_write(tenant: Tenant, client: ApiClient) -> None:
    blueprint = make_blueprint(client, make_project(client))
    made = at_once(client, *(adding(blueprint, number) for number in range(1, WRITERS + 1)))
    assert statuses(made) == {201: WRITERS}
    assert sorted(each.json()["number"] for each in made) == list(range(2, WRITERS + 2))
    with tenant_scope(tenant):
        assert Blueprint.objects.get().latest_number == WRITERS + 1
        assert BlueprintVersion.objects.count() == WRITERS + 1
        assert AuditEntry.objects.filter(action="blueprint.add_version").count() == WRITERS + 1


def test_of_many_writers_on_one_revision_one_wins(tenant: Tenant, client: ApiClient) -> None:
    blueprint = make_blueprint(client, make_project(client))
    tag = client.get(f"{BLUEPRINTS}{blueprint['id']}/").headers["ETag"]
    writers = (adding(blueprint, number, If_Match=tag) for number in range(1, WRITERS + 1))
    made = at_once(client, *writers)
    assert statuses(made) == {201: 1, 412: WRITERS - 1}
    with tenant_scope(tenant):
        assert BlueprintVersion.objects.count() == 2


def test_of_many_renamers_one_wins(tenant: Tenant, client: ApiClient) -> None:
    url = f"{PROJECTS}{make_project(client)['id']}/"
    tag = {"If-Match": client.get(url).headers["ETag"]}

    def renaming(name: str) -> Callable[[ApiClient], Any]:
        return lambda client: client.patch(url, {"name": name}, headers=tag)

    made = at_once(client, *(renaming(f"Name {each}") for each in range(WRITERS)))
    assert statuses(made) == {200: 1, 412: WRITERS - 1}
    (winner,) = [each.json()["name"] for each in made if each.status_code == 200]
    with tenant_scope(tenant):
        assert Project.objects.get().name == winner
        assert AuditEntry.objects.filter(action="project.update").count() == 1


def test_one_name_is_given_once(tenant: Tenant, client: ApiClient) -> None:
    made = at_once(client, *[lambda client: client.post(PROJECTS, {"name": "Shop"})] * WRITERS)
    assert statuses(made) == {201: 1, 409: WRITERS - 1}
    with tenant_scope(tenant):
        assert Project.objects.count() == 1


def test_the_same_document_at_once_makes_one_version(client: ApiClient) -> None:
    blueprint = make_blueprint(client, make_project(client))
    made = at_once(client, *[adding(blueprint, 7)] * WRITERS)
    assert statuses(made) == {201: 1, 200: WRITERS - 1}
    assert {each.json()["number"] for each in made} == {2}


def test_a_project_is_not_deleted_under_a_new_blueprint(tenant: Tenant, client: ApiClient) -> None:
    project = make_project(client)
    url = f"{PROJECTS}{project['id']}/"
    tag = {"If-Match": client.get(url).headers["ETag"]}
    body = {"project": project["id"], "name": "Web", "document": document()}
    deleted, made = at_once(
        client,
        lambda client: client.delete(url, headers=tag),
        lambda client: client.post(BLUEPRINTS, body),
    )
    assert (deleted.status_code, made.status_code) in {(204, 404), (409, 201)}
    with tenant_scope(tenant):
        assert Project.objects.count() == Blueprint.objects.count()


def test_a_version_is_not_added_to_a_deleted_blueprint(tenant: Tenant, client: ApiClient) -> None:
    blueprint = make_blueprint(client, make_project(client))
    url = f"{BLUEPRINTS}{blueprint['id']}/"
    tag = {"If-Match": client.get(url).headers["ETag"]}
    deleted, made = at_once(
        client, lambda client: client.delete(url, headers=tag), adding(blueprint, 1)
    )
    assert (deleted.status_code, made.status_code) in {(204, 404), (412, 201)}
    with tenant_scope(tenant):
        left = BlueprintVersion.objects.count()
    assert left == (0 if deleted.status_code == 204 else 2)
