"""The counters of quotas say what there is: whoever writes at once, breaks off, or began before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections, transaction

from blueprints.catalog.models import Blueprint, Project
from blueprints.catalog.quotas import BLUEPRINTS, PROJECTS, STORAGE
from blueprints.catalog.services.blueprints import create_blueprint, delete_blueprint
from blueprints.catalog.services.projects import create_project, delete_project
from rbac.quotas import USERS
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tenants.models import Tenant, Tier
from tenants.quotas.errors import QuotaExceeded
from tenants.quotas.models import UsageCounter
from tenants.quotas.recounting import Difference, recount
from tenants.quotas.selectors import usage_of
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR
from tests.tenants.quotas.conftest import limited

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services import Services
    from tests.throwaway import ThrowawayTenants

WORKERS, ROUNDS = 6, 4
_WAITING = """
    SELECT pg_blocking_pids(pid) FROM pg_stat_activity
     WHERE datname = %s AND wait_event_type = 'Lock' AND query ~ 'usage_counters'
"""


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def tenant(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    return committed_tenants(request.param)


def counters() -> dict[str, int]:
    return dict(UsageCounter.objects.values_list("quota", "used"))


def forget_counters() -> None:
    """As a release before this one left them: rows that nobody has counted."""
    UsageCounter.objects.all().delete()


def rows() -> dict[str, int]:
    counts = {quota.name: quota.count for quota in (BLUEPRINTS, PROJECTS, STORAGE, USERS)}
    return {name: count() for name, count in counts.items() if count}


def on_a_connection(tenant: Tenant, work: Callable[[], Any]) -> Any:
    """Do something in a thread with a connection of its own."""

    def run() -> Any:
        try:
            with tenant_scope(tenant):
                return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=30)


def test_all_kinds_of_changes_at_once_are_counted(tenant: Tenant) -> None:
    """Nobody has counted anything before, some fail, and some are rolled back."""
    with tenant_scope(tenant):
        homes = [create_project(name=f"Home {n}", actor=ACTOR) for n in range(WORKERS)]
        people = [create_user(username=f"user-{n}", actor=ACTOR) for n in range(WORKERS)]
        forget_counters()
    small = limited(tenant, blueprints=3 * WORKERS)
    start = Barrier(WORKERS)

    def work(number: int) -> None:
        def change() -> None:
            start.wait(timeout=30)
            for turn in range(ROUNDS):
                _change_everything(homes[number], people[number], turn)

        on_a_connection(small, change)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    with tenant_scope(tenant):
        assert counters() == rows()
        assert rows()[BLUEPRINTS.name] > 0


def _change_everything(home: Project, person: Any, turn: int) -> None:
    try:
        made = create_blueprint(home, name=f"B {turn}", document=document(), actor=ACTOR)
    except QuotaExceeded:
        made = Blueprint.objects.filter(project=home)[0]
    if turn % 2:
        delete_blueprint(made, actor=ACTOR)
    update_user(person, actor=ACTOR, changes={"is_active": bool(turn % 2)})
    with transaction.atomic():
        delete_project(create_project(name=f"{home} {turn}", actor=ACTOR), actor=ACTOR)
        create_project(name=f"{home} {turn}, undone", actor=ACTOR)
        transaction.set_rollback(turn % 3 == 0)


@pytest.mark.parametrize("change", ["create", "delete"])
@pytest.mark.parametrize("end", ["commit", "kill"])
def test_a_counter_that_somebody_starts_is_waited_for(
    committed_tenants: ThrowawayTenants, services: Services, change: str, end: str
) -> None:
    """One starts it with an uncommitted change; another meets it, and counts what is committed."""
    tenant = committed_tenants(Tier.STANDARD)
    with tenant_scope(tenant):
        projects = [create_project(name=f"P {n}", actor=ACTOR) for n in range(3)]
        forget_counters()
    changed, may_end = Event(), Event()

    def begin() -> None:
        with transaction.atomic():
            if change == "create":
                create_project(name="New", actor=ACTOR)
            else:
                delete_project(projects[0], actor=ACTOR)
            changed.set()
            assert may_end.wait(timeout=30)
            Project.objects.exists()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(on_a_connection, tenant, begin)
        assert changed.wait(timeout=30)
        second = pool.submit(
            on_a_connection, tenant, lambda: delete_project(projects[1], actor=ACTOR)
        )
        _wait_for_the_waiting(services, kill=end == "kill")
        may_end.set()
        if end == "kill":
            with pytest.raises(OperationalError):
                first.result(timeout=30)
        else:
            first.result(timeout=30)
        second.result(timeout=30)
    with tenant_scope(tenant):
        assert counters() == {PROJECTS.name: rows()[PROJECTS.name]}


def _wait_for_the_waiting(services: Services, *, kill: bool) -> None:
    """Until somebody waits for a counter; then end the session that has it."""
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        for _ in range(50_000):
            found = admin.execute(_WAITING, [connection.settings_dict["NAME"]]).fetchone()
            if found is not None and kill:
                admin.execute("SELECT pg_terminate_backend(p) FROM unnest(%s::int[]) p", found)
            if found is not None:
                return
    pytest.fail("Nobody waits.")


def test_rows_of_before_count_from_the_first_change(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        made = [create_project(name=f"P {n}", actor=ACTOR) for n in range(3)]
        forget_counters()
    with tenant_scope(limited(tenant, projects=3)):
        with pytest.raises(QuotaExceeded, match="3 of 3 "):
            create_project(name="One more", actor=ACTOR)
        assert counters() == {}
        used = {each.quota: each.used for each in usage_of(tenant).quotas}
        assert (used[PROJECTS], used[BLUEPRINTS]) == (3, 0)
        delete_project(made[0], actor=ACTOR)
        assert counters() == {PROJECTS.name: 2}
        create_project(name="Another", actor=ACTOR)
        with pytest.raises(QuotaExceeded, match="3 of 3 "):
            create_project(name="One more", actor=ACTOR)
        assert counters() == {PROJECTS.name: 3}


def recounted(*options: str) -> str:
    out = StringIO()
    call_command("recount_quotas", *options, stdout=out)
    return out.getvalue()


def test_the_command_reports_and_corrects_what_differs(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        home = create_project(name="Shop", actor=ACTOR)
        create_blueprint(home, name="Web", document=document(), actor=ACTOR)
        right = counters()
        # Past the services, as a person with SQL does.
        Project.objects.create(name="By hand")
        UsageCounter.objects.filter(quota=STORAGE.name).update(used=1)
        wrong = recount(repair=False)
        assert wrong == [Difference(PROJECTS, 1, 2), Difference(STORAGE, 1, right[STORAGE.name])]
    slug = f"--tenant={tenant.slug}"
    with pytest.raises(CommandError, match="Counters that differ: 2"):
        recounted(slug, "--dry-run")
    said = recounted(slug)
    assert f"{tenant.slug}: projects said 1, there are 2" in said
    assert "2 counters corrected" in said
    assert recounted(slug, "--dry-run") == "all counters are right\n"
    with tenant_scope(tenant):
        assert counters() == {**right, PROJECTS.name: 2}
