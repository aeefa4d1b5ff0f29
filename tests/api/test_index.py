"""``/api/v1/`` says where everything is, and the same to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.routes import PREFIX, routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api


def test_the_index_lists_every_collection_at_its_own_host(
    tenant: Tenant, api: Api, anonymous: Callable[[Tenant | None], ApiClient]
) -> None:
    answer = api(tenant).get(PREFIX)
    assert answer.status_code == 200
    listed = answer.json()["resources"]
    host = answer.wsgi_request.get_host()
    expected = {
        route.template.removeprefix(PREFIX).rstrip("/")
        for route in routes()
        if not route.parameters and route.template.removeprefix(PREFIX).count("/") == 1
    }
    assert set(listed) == expected
    assert {"users", "blueprints", "me"} <= expected
    assert listed["users"] == f"http://{host}{PREFIX}users/"
    assert anonymous(tenant).get(PREFIX).json() == answer.json()


def test_what_the_index_names_is_there(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    addresses = client.get(PREFIX).json()["resources"].values()
    assert addresses
    for address in addresses:
        path = address[address.index(PREFIX) :]
        # 403 where it is the operator's alone.
        assert client.get(path).status_code in {200, 403}, path


def test_nothing_but_reading_is_done_at_the_index(tenant: Tenant, api: Api) -> None:
    assert api(tenant).post(PREFIX, {}).status_code == 405
