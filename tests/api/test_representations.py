"""An address is served in its own form, and a 304 says what the 200 says to caches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.people import People
from tests.api.resources import SAMPLES, operations, path_of
from tests.sampling import ROUTE

if TYPE_CHECKING:
    from tenants.models import Tenant

GETS = [operation for operation in operations() if operation.startswith("GET ")]
# RFC 9110, section 15.4.5.
KEPT = ("Cache-Control", "Content-Location", "ETag", "Expires", "Vary")
ACCEPTS = ("application/json", "*/*", "text/html", "application/xml;q=0.5")


@pytest.fixture
def asker(operator: Tenant) -> Any:
    people = People(operator)
    client, fixture = people.client("operator"), people.fixture("admin", own=False)
    return lambda operation, **headers: client.get(
        path_of(operation, SAMPLES[operation], fixture), headers=headers
    )


def _is_json(response: Any) -> bool:
    return str(response["Content-Type"]).partition(";")[0].endswith(("/json", "+json"))


def test_there_are_downloads_to_try(asker: Any) -> None:
    kinds = {asker(operation)["Content-Type"].partition(";")[0] for operation in GETS}
    assert {
        "application/zip",
        "application/x-ndjson",
        "text/csv",
        "application/json",
    } <= kinds or ROUTE


def test_what_an_address_names_is_served_to_clients_of_an_api(
    asker: Any, subtests: pytest.Subtests
) -> None:
    for operation in GETS:
        with subtests.test(operation):
            usual = asker(operation)
            for accepted in ACCEPTS:
                response = asker(operation, Accept=accepted)
                if _is_json(usual) and "json" not in accepted and "*/*" not in accepted:
                    assert response.status_code == 406
                    continue
                assert (response.status_code, response["Content-Type"].partition(";")[0]) in {
                    (200, usual["Content-Type"].partition(";")[0]),
                    (200, "application/json"),
                }
                if not _is_json(usual):
                    assert response["Content-Type"] == usual["Content-Type"]


def test_a_304_repeats_what_the_200_says_to_caches(asker: Any, subtests: pytest.Subtests) -> None:
    tried = 0
    for operation in GETS:
        full = asker(operation)
        if "ETag" not in full.headers or asker(operation).headers["ETag"] != full["ETag"]:
            continue  # to ask how many calls there were is a call
        tried += 1
        with subtests.test(operation):
            again = asker(operation, **{"If-None-Match": full["ETag"]})
            assert (again.status_code, again.content) == (304, b"")
            assert {name: again.headers.get(name) for name in KEPT} == {
                name: full.headers.get(name) for name in KEPT
            }
            assert asker(operation, **{"If-None-Match": '"another"'}).status_code == 200
    assert tried > 10 or ROUTE


def test_so_does_the_description_of_the_api(client: Any) -> None:
    full = client.get("/api/schema/", HTTP_HOST="iac.test")
    again = client.get(
        "/api/schema/", HTTP_HOST="iac.test", headers={"If-None-Match": full["ETag"]}
    )
    assert again.status_code == 304
    assert again["Cache-Control"] == full["Cache-Control"]
