"""What requests meet in the seconds in which a tenant's writes are refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import InternalError, connection
from django.urls import reverse

from rbac.models import User
from rbac.services.tokens import create_token
from sso.sign_in.session_store import SessionStore
from tenants import middleware
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Tenant, Tier
from tenants.moves import fence
from tests.admin_client import AdminClient
from tests.api_client import ApiClient
from tests.conftest import ACTOR
from tests.tenants.furnished import contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.services import Services
    from tests.tenants.conftest import Plain

    Furnished = Callable[[str], Tenant]


@contextmanager
def fenced(tenant: Tenant) -> Iterator[None]:
    """As in the last seconds of a move."""
    with as_owner():
        fence.raise_fence(tenant.pk)
    try:
        yield
    finally:
        with as_owner():
            Tenant.objects.filter(pk=tenant.pk).update(writes_fenced_until=None)


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def moving(request: pytest.FixtureRequest, furnished: Furnished) -> Tenant:
    return furnished(request.param)


def _client(tenant: Tenant) -> ApiClient:
    with tenant_scope(tenant):
        owner = User.objects.get(username="owner")
        _, token = create_token(owner, name="tests", actor=ACTOR)
    return ApiClient(tenant, user=owner, token=token)


def _assert_moving(response: Any) -> None:
    assert response.status_code == 503
    assert response.json()["code"] == "tenant-moving"
    assert int(response["Retry-After"]) > 0


def _assert_page_says_so(response: Any) -> None:
    """People get the same as a page."""
    assert response.status_code == 503
    assert "The tenant is being moved" in response.content.decode()
    assert int(response["Retry-After"]) > 0


def test_reading_goes_on_and_writing_is_put_off(moving: Tenant) -> None:
    client = _client(moving)
    before = contents(moving.schema_name, moving.pk)
    with fenced(moving):
        assert client.get("/api/v1/projects/").status_code == 200
        assert client.head("/api/v1/projects/").status_code == 200
        for send in (client.post, client.put, client.patch, client.delete):
            _assert_moving(send("/api/v1/projects/"))
    assert contents(moving.schema_name, moving.pk) == before
    assert client.post("/api/v1/projects/", {"name": "Later"}).status_code == 201


def test_at_the_bare_host_as_well(moving: Tenant) -> None:
    client = _client(moving).at("iac.test")
    with fenced(moving):
        assert client.get("/api/v1/me/").status_code == 200
        _assert_moving(client.post("/api/v1/projects/", {"name": "Later"}))


def test_a_write_that_began_before_the_fence_is_put_off_by_the_database(
    moving: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request was let in, and then the fence came: only the database knows of it."""
    client = _client(moving)
    monkeypatch.setattr(middleware, "_require_writable", lambda _request, _tenant: None)
    with fenced(moving):
        response = client.post("/api/v1/projects/", {"name": "Later"})
        assert response.status_code == 503
        assert int(response["Retry-After"]) > 0
        assert client.get("/api/v1/projects/").status_code == 200


def test_the_database_refuses_whoever_asks(moving: Tenant) -> None:
    with fenced(moving), tenant_scope(moving):
        assert User.objects.filter(username="owner").exists()
        with pytest.raises(InternalError, match="read-only transaction"):
            User.objects.create(username="smuggled")
        with pytest.raises(InternalError, match="read-only transaction"), connection.cursor() as c:
            c.execute("DELETE FROM users")


def test_the_admin_can_be_read_and_says_why_it_takes_no_changes(moving: Tenant) -> None:
    with tenant_scope(moving):
        owner = User.objects.get(username="owner")
    client = AdminClient(moving, owner)
    index = reverse("admin:index")
    with fenced(moving):
        assert client.get(index).status_code == 200
        _assert_page_says_so(client.post(reverse("admin:rbac_user_add"), {"username": "later"}))
        assert client.get(reverse("admin:rbac_user_changelist")).status_code == 200


def test_a_session_that_a_page_would_change_does_not_turn_reading_into_an_error(
    moving: Tenant, settings: Any
) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = True
    with tenant_scope(moving):
        owner = User.objects.get(username="owner")
    client = AdminClient(moving, owner)
    with fenced(moving):
        assert client.get(reverse("admin:index")).status_code == 200
    with tenant_scope(moving):
        assert SessionStore(client.session.session_key).load()


def test_a_write_in_an_ordinary_view_is_put_off_as_well(
    moving: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_scope(moving):
        owner = User.objects.get(username="owner")
    client = AdminClient(moving, owner)
    monkeypatch.setattr(middleware, "_require_writable", lambda _request, _tenant: None)
    with fenced(moving):
        _assert_page_says_so(client.post(reverse("admin:logout")))


def test_neighbours_write_on(furnished: Furnished) -> None:
    moving, neighbour = furnished(Tier.STANDARD), furnished(Tier.STANDARD)
    client = _client(neighbour)
    with fenced(moving):
        assert client.post("/api/v1/projects/", {"name": "Now"}).status_code == 201


def test_readers_never_wait_long_behind_a_mover_that_waits(
    furnished: Furnished,
    psql_as_app: Plain,
    services: Services,
    database_name: str,
    superuser_url: str,
) -> None:
    """Each of them holds one of the few connections that all tenants share."""
    tenant = furnished(Tier.STANDARD)
    enter = "SELECT enter_tenant(%s)"

    def wait() -> None:
        with as_owner():
            fence.raise_fence(tenant.pk)
            fence.wait_for_writers(tenant.pk)

    with ThreadPoolExecutor(1) as mover:
        with psql_as_app.transaction():
            psql_as_app.execute(enter, [tenant.pk])
            waiting = mover.submit(wait)
            with psycopg.connect(services.app_url(database_name), autocommit=True) as reader:
                with psycopg.connect(superuser_url, autocommit=True) as looker:
                    while not _is_awaited(looker):
                        pass
                reader.execute("SET lock_timeout = '1500ms'")
                for _ in range(5):
                    reader.execute(enter, [tenant.pk])
            assert not waiting.done()
        waiting.result(timeout=60)
    with as_owner():
        Tenant.objects.filter(pk=tenant.pk).update(writes_fenced_until=None)


def _is_awaited(plain: Plain) -> bool:
    found = plain.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
        "AND mode = 'ExclusiveLock' AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database()))"
    ).fetchone()
    return found == (True,)
