"""A refused document is refused where it stands in the body, whatever it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.blueprints.catalog.documents.builders import document, part
from tests.blueprints.catalog.rest.builders import BLUEPRINTS, make_project

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api

HALF = "\ud800"


@pytest.mark.parametrize(
    ("refused", "place"),
    [
        (document(part("a", "queue", comment=HALF)), "/components/0/properties/comment"),
        ({**document(part("a", "queue")), "region": HALF}, "/region"),
        ({**document(part("a", "queue")), "tags": {"team": HALF}}, "/tags/team"),
        ({**document(), "components": [{"id": HALF, "type": "queue"}]}, "/components/0/id"),
    ],
)
def test_half_of_a_character_is_refused_and_no_failure_of_ours(
    tenant: Tenant, api: Api, refused: dict[str, Any], place: str
) -> None:
    client = api(tenant, "engineer")
    new = {"project": make_project(client)["id"], "name": "Web", "document": refused}
    for url, body in ((f"{BLUEPRINTS}validate/", {"document": refused}), (BLUEPRINTS, new)):
        answer = client.post(url, body)
        assert answer.status_code == 400
        problem = answer.json()
        (error,) = problem["errors"]
        assert (error["pointer"], error["code"]) == (f"/document{place}", "forbidden-character")
        assert problem["detail"].startswith(f"At /document{place}: ")
