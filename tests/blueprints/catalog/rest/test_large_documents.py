"""One tenant's large documents leave threads for everybody else's requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog import large_documents
from tenants.context import tenant_scope
from tests.blueprints.catalog.documents.builders import document, part
from tests.blueprints.catalog.rest.builders import (
    BLUEPRINTS,
    assert_problem,
    make_blueprint,
    make_project,
    versions_url,
)

if TYPE_CHECKING:
    from tests.api_client import ApiClient
    from tests.conftest import Api, Rivals

SMALL = document(part("jobs", "queue"))
LARGE = document(*(part(f"queue-number-{number}", "queue") for number in range(800)))


def statuses(client: ApiClient, blueprint: dict[str, Any], candidate: Any) -> list[int]:
    """What checking a document, adding it and generating the code of version 1 come to."""
    url = versions_url(blueprint)
    return [
        client.post(f"{BLUEPRINTS}validate/", {"document": candidate}).status_code,
        client.post(url, {"document": candidate}).status_code,
        client.get(f"{url}1/code").status_code,
    ]


def test_a_tenant_has_one_large_document_in_work_at_a_time(rivals: Rivals, api: Api) -> None:
    clients = [api(tenant, "engineer") for tenant in (rivals.attacker, rivals.victim)]
    made = [make_blueprint(each, make_project(each), document=LARGE) for each in clients]
    with tenant_scope(rivals.attacker), large_documents.turn(LARGE):
        assert statuses(clients[0], made[0], LARGE) == [429, 429, 429]
        assert statuses(clients[0], made[0], SMALL) == [200, 201, 429]  # version 1 is large
        assert statuses(clients[1], made[1], LARGE) == [200, 200, 200]
    assert statuses(clients[0], made[0], LARGE) == [200, 201, 200]


def test_what_is_busy_says_when_to_come_again(rivals: Rivals, api: Api) -> None:
    client = api(rivals.attacker, "engineer")
    with tenant_scope(rivals.attacker), large_documents.turn(LARGE):
        refused = client.post(f"{BLUEPRINTS}validate/", {"document": LARGE})
    assert_problem(refused, 429, "large-document-busy")
    assert int(refused.headers["Retry-After"]) > 0


def test_two_tenants_do_not_take_all_threads(rivals: Rivals) -> None:
    busy = pytest.raises(large_documents.LargeDocumentsBusy)
    with large_documents.turn(LARGE), tenant_scope(rivals.attacker), large_documents.turn(LARGE):
        with tenant_scope(rivals.victim), busy, large_documents.turn(LARGE):
            pytest.fail("no place was left")
        with large_documents.turn(SMALL):
            pass


def test_modules_count_as_often_as_they_are_used() -> None:
    inner = document(*(part(f"queue-number-{number}", "queue") for number in range(60)))
    key = "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10"
    uses = [part(f"m{n}", "module", blueprint=key, version=3) for n in range(20)]
    used = document(*uses, modules={f"{key}@3": inner})
    with large_documents.turn(LARGE), large_documents.turn(LARGE):
        with pytest.raises(large_documents.LargeDocumentsBusy), large_documents.turn(used):
            pytest.fail("no place was left")
        with large_documents.turn(inner):
            pass
