"""Transactions take their locks in one order (``tenants.locks``), so none wait crosswise."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections, transaction

from blueprints.catalog.services.projects import create_project
from rbac.models import User
from rbac.services import denials
from rbac.services.invitations import accept_invitation, invite_admin
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tenants.lifecycle.services import operators_scope
from tenants.locks import LockStage
from tenants.models import Tenant, Tier
from tenants.tenants.services import create_tenant
from tests.api.lock_watch import Watch, stages, watched_locks
from tests.api.people import People
from tests.api.requests import send
from tests.api.resources import SAMPLES, operations
from tests.conftest import ACTOR
from tests.sampling import ROUTE
from tests.tenants.quotas.conftest import limited

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.throwaway import ThrowawayTenants

CHANGES = [each for each in operations() if not each.startswith("GET ")]
PLENTY = {"users": 1000, "projects": 1000, "blueprints": 1000, "storage": 10**9}


@pytest.fixture(autouse=True)
def _every_denial_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(denials, "MOST_KINDS", 10_000)


@pytest.mark.parametrize("whose", ["customer", "operator"])
def test_every_change_by_the_api_takes_its_locks_in_the_order(
    whose: str, acme: Tenant, operator: Tenant, subtests: pytest.Subtests
) -> None:
    # With limits, so that quotas take their turns.
    home = limited(acme, **PLENTY) if whose == "customer" else operator
    people = People(home)
    role = "admin" if whose == "customer" else "operator"
    client, seen = people.client(role), set[str]()
    for own in (False, True):
        fixture = people.fixture(role, own=own)
        for operation in CHANGES:
            sample = SAMPLES[operation]
            if sample.operator is not (whose == "operator") and not sample.public:
                continue
            with subtests.test(operation, own=own), transaction.atomic():
                if sample.prepare is not None:
                    with tenant_scope(home):
                        sample.prepare(fixture)
                with watched_locks() as watch:
                    response = send(client, operation, sample, fixture, headers={"If-Match": "*"})
                transaction.set_rollback(True)
                assert response.status_code == sample.status, response.content
                assert watch.wrong == []
                seen |= watch.seen
    expected = {"access_stamps", "users", "api_tokens", "projects", "blueprints", "usage_counters"}
    all_there = expected if whose == "customer" else {"tenants"}
    assert seen >= all_there or ROUTE


def _accept(operator: Tenant) -> None:
    del operator
    with operators_scope():
        tenant = create_tenant(slug="initech", name="I", invite="a@example.com", actor=ACTOR)
        _, token = invite_admin(tenant, actor=ACTOR)
    tenant = Tenant.objects.select_related("placement").get(pk=tenant.pk)
    with tenant_scope(tenant):
        accept_invitation(token=token, username="ada", password="correct-horse-battery")


def _come_back(operator: Tenant) -> None:
    del operator
    acme = limited(Tenant.objects.select_related("placement").get(slug="acme"), **PLENTY)
    with tenant_scope(acme):
        user = create_user(username="back", roles=["viewer"], actor=ACTOR)
        for active in (False, True):
            update_user(user, changes={"is_active": active}, actor=ACTOR)


OTHERS: dict[str, Callable[[Tenant], Any]] = {"accept": _accept, "come back": _come_back}


@pytest.mark.parametrize("name", OTHERS)
def test_other_changes_take_their_locks_in_the_order_too(name: str, operator: Tenant) -> None:
    with watched_locks() as watch:
        OTHERS[name](operator)
    assert watch.wrong == []
    assert "access_stamps" in watch.seen


def test_a_lock_out_of_order_would_be_seen(acme: Tenant) -> None:
    with tenant_scope(acme), watched_locks() as watch:
        project = create_project(name="P", actor=ACTOR)
        user = create_user(username="una", actor=ACTOR)
        assert watch.wrong == []
        watch.ended()
        list(type(project).objects.select_for_update().filter(pk=project.pk))
        list(User.objects.select_for_update().filter(pk=user.pk))
    assert watch.wrong == ["users (PEOPLE) after projects (CONTAINER)"]


def test_rights_written_without_the_stamp_would_be_seen() -> None:
    watch = Watch()
    watch._note('DELETE FROM "user_roles" WHERE id = %s', ("x",))  # noqa: SLF001  # under test
    assert watch.wrong == ["user_roles without the tenant's stamp"]


def test_the_page_tells_of_every_stage_and_table() -> None:
    page = Path("docs/locks.md").read_text()
    for stage in LockStage:
        assert f"| {stage.value} | `{stage.name}` |" in page
    assert stages()["access_stamps"] is LockStage.ACCESS


# --- The attack -------------------------------------------------------------------------
ROUNDS = 12


def test_adding_people_and_bringing_them_back_at_once_waits_for_nobody_crosswise(
    committed_tenants: ThrowawayTenants,
) -> None:
    """One took the quota's turn before the stamp, the other after it: 22 of 25 were deadlocks."""
    tenant = limited(committed_tenants(Tier.STANDARD), **PLENTY)
    with tenant_scope(tenant):
        create_user(username="root", roles=["admin"], actor=ACTOR)
        back = create_user(username="back", roles=["viewer"], actor=ACTOR)
    failures: list[str] = []

    def add(number: int) -> None:
        create_user(username=f"new-{number}", roles=["viewer"], actor=ACTOR)

    def turn(number: int) -> None:
        update_user(back, changes={"is_active": bool(number % 2)}, actor=ACTOR)

    def run(action: Callable[[int], Any], start: threading.Barrier) -> None:
        try:
            for number in range(ROUNDS):
                start.wait(timeout=60)
                with tenant_scope(tenant):
                    action(number)
        except Exception as failure:  # noqa: BLE001  # the test looks at it
            failures.append(repr(failure))
            start.abort()
        finally:
            connections.close_all()

    start = threading.Barrier(2)
    threads = [threading.Thread(target=run, args=[action, start]) for action in (add, turn)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with tenant_scope(tenant):
        assert User.objects.filter(username__startswith="new-").count() == ROUNDS
