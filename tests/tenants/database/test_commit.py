"""A backend that dies around COMMIT: what was committed is told from what may have been."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from blueprints.catalog.rest.views.projects import ProjectViewSet
from iac_platform.common.database_failures import DatabaseFailure, failure_of
from rbac.models import User
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database import liveness
from tests.api_client import ApiClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

PROJECTS = "/api/v1/projects/"
KEY = {"Idempotency-Key": "the-one-and-only"}


@pytest.fixture
def tenant(committed_tenants: ThrowawayTenants) -> Tenant:
    return committed_tenants()


@pytest.fixture
def kill(superuser_url: str) -> Callable[[], None]:
    """Ends the backend that the open transaction runs on."""

    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    return end


@pytest.fixture
def killed_before_commit(
    api: ApiClient,  # noqa: ARG001  # made before anything is killed
    monkeypatch: pytest.MonkeyPatch,
    kill: Callable[[], None],
) -> list[str]:
    """The next COMMIT of something written meets a backend that died before it was sent."""
    return _kill_once(monkeypatch, kill, then_look=True)


@pytest.fixture
def killed_at_commit(
    api: ApiClient,  # noqa: ARG001  # made before anything is killed
    monkeypatch: pytest.MonkeyPatch,
    kill: Callable[[], None],
) -> list[str]:
    """The next COMMIT of something written is sent to a backend that is dead by then."""
    return _kill_once(monkeypatch, kill, then_look=False)


def _kill_once(
    monkeypatch: pytest.MonkeyPatch, kill: Callable[[], None], *, then_look: bool
) -> list[str]:
    real = liveness.require_alive
    killed: list[str] = []

    def dies(raw: Any) -> None:
        if not killed and connection.writes:  # type: ignore[attr-defined]  # our backend's
            killed.append("killed")
            kill()
            if not then_look:
                return
        real(raw)

    monkeypatch.setattr(liveness, "require_alive", dies)
    return killed


def _write() -> None:
    connection.may_have_committed = False  # type: ignore[attr-defined]  # our backend's
    with transaction.atomic():
        User.objects.create(username="written")


def _outcome_is_open() -> bool:
    return bool(connection.may_have_committed)  # type: ignore[attr-defined]  # our backend's


def test_what_was_committed_may_have_been(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        _write()
    assert _outcome_is_open()


def test_what_only_read_has_not(tenant: Tenant) -> None:
    connection.may_have_committed = False  # type: ignore[attr-defined]  # our backend's
    with tenant_scope(tenant), transaction.atomic():
        assert not User.objects.filter(username="written").exists()
    assert not _outcome_is_open()


def test_a_query_with_named_parts_has_not(tenant: Tenant) -> None:
    """What a user holds is read by one, before each request that finds nothing in memory."""
    connection.may_have_committed = False  # type: ignore[attr-defined]  # our backend's
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute("WITH one AS (SELECT 1 AS n) SELECT n FROM one")
        assert not _outcome_is_open()
        cursor.execute("WITH gone AS (DELETE FROM users WHERE false RETURNING 1) TABLE gone")
    assert _outcome_is_open()


def test_what_was_rolled_back_has_not(tenant: Tenant) -> None:
    connection.may_have_committed = False  # type: ignore[attr-defined]  # our backend's
    with tenant_scope(tenant), transaction.atomic():
        User.objects.create(username="written")
        transaction.set_rollback(True)
    assert not _outcome_is_open()


@pytest.mark.usefixtures("killed_before_commit")
def test_nothing_was_committed_over_a_connection_that_had_ended(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        with pytest.raises(OperationalError) as caught:
            _write()
        assert failure_of(caught.value) is DatabaseFailure.LOST
        assert not _outcome_is_open()
        assert not User.objects.filter(username="written").exists()
        _write()


@pytest.mark.usefixtures("killed_at_commit")
def test_a_commit_without_an_answer_leaves_the_outcome_open(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        with pytest.raises(OperationalError) as caught:
            _write()
        assert failure_of(caught.value) is DatabaseFailure.LOST
        assert _outcome_is_open()
        _write()


def test_a_statement_of_its_own_without_an_answer_leaves_it_open(
    tenant: Tenant, superuser_url: str
) -> None:
    with tenant_scope(tenant):
        User.objects.create(username="before")
        connection.may_have_committed = False  # type: ignore[attr-defined]  # our backend's
        with ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
            killed = pool.submit(_kill_who_runs, "only one like this", superuser_url)
            with pytest.raises(OperationalError, match="terminating connection"):
                cursor.execute(
                    "UPDATE /* only one like this */ users SET full_name = 'x' "
                    "WHERE pg_sleep(30) IS NOT NULL"
                )
            killed.result()
        assert _outcome_is_open()


def _kill_who_runs(text: str, superuser_url: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        found: Any = None
        while found is None:
            found = superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE %s AND pid <> pg_backend_pid()",
                [f"%{text}%"],
            ).fetchone()


def test_a_statement_that_is_refused_does_not(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        User.objects.create(username="before")
        connection.may_have_committed = False  # type: ignore[attr-defined]  # our backend's
        with pytest.raises(Exception, match="duplicate key"):
            User.objects.create(username="before")
        assert not _outcome_is_open()


def test_a_failed_transaction_is_not_taken_for_a_committed_one(superuser_url: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as raw:
        raw.execute("BEGIN")
        with pytest.raises(psycopg.DataError, match="division by zero"):
            raw.execute("SELECT 1/0")
        with pytest.raises(liveness.NotCommitted, match="was rolled back"):
            liveness.commit(raw)


@pytest.fixture
def api(tenant: Tenant) -> ApiClient:
    with tenant_scope(tenant):
        user = create_user(username="admin", roles=["admin"], actor=ACTOR)
        _, token = create_token(user, name="tests", actor=ACTOR)
    client = ApiClient(tenant, user=user, token=token)
    # Later requests have nothing to note about the token's use.
    assert client.get("/api/v1/me/").status_code == 200
    return client


@pytest.mark.usefixtures("killed_before_commit")
def test_a_request_that_surely_changed_nothing_may_be_sent_again(api: ApiClient) -> None:
    response = api.post(PROJECTS, {"name": "One"}, headers=KEY)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert int(response["Retry-After"]) > 0
    assert api.post(PROJECTS, {"name": "One"}, headers=KEY).status_code == 201


@pytest.mark.usefixtures("killed_at_commit")
def test_a_request_whose_outcome_is_open_says_so_and_its_key_is_not_free(api: ApiClient) -> None:
    response = api.post(PROJECTS, {"name": "One"}, headers=KEY)
    assert (response.status_code, response.json()["code"]) == (503, "outcome-unknown")
    assert int(response["Retry-After"]) > 0
    again = api.post(PROJECTS, {"name": "One"}, headers=KEY)
    assert (again.status_code, again.json()["code"]) == (409, "outcome-unknown")
    assert api.post(PROJECTS, {"name": "Two"}).status_code == 201


def test_a_read_that_lost_its_connection_is_answered_all_the_same(
    api: ApiClient, kill: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ProjectViewSet.page
    killed: list[str] = []

    def dies(view: Any) -> Any:
        if not killed:
            killed.append("killed")
            kill()
        return real(view)

    monkeypatch.setattr(ProjectViewSet, "page", dies)
    assert api.get(PROJECTS).status_code == 200
    assert killed
