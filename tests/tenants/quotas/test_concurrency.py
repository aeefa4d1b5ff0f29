"""Many at once, each on a connection of its own, with everything committed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections, transaction

from blueprints.catalog.models import Blueprint, Project
from blueprints.catalog.quotas import STORAGE
from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from rbac.models import User
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tenants.models import Tier
from tenants.quotas.errors import QuotaExceeded
from tenants.quotas.models import UsageCounter
from tenants.quotas.quotas import DEPLOYMENTS
from tenants.quotas.services import consume, release
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR
from tests.tenants.quotas.conftest import limited

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

WRITERS, LIMIT = 12, 5


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def tenant(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    return committed_tenants(request.param)


def at_once(tenant: Tenant, work: Callable[[int], Any]) -> int:
    """Do the work in many threads at the same moment; how many were not refused."""
    start = Barrier(WRITERS)

    def attempt(number: int) -> bool:
        try:
            start.wait(timeout=30)
            with tenant_scope(tenant):
                work(number)
        except QuotaExceeded:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(WRITERS) as pool:
        return sum(pool.map(attempt, range(WRITERS)))


def test_no_more_users_than_the_limit(tenant: Tenant) -> None:
    small = limited(tenant, users=LIMIT)
    done = at_once(small, lambda number: create_user(username=f"u{number}", actor=ACTOR))
    with tenant_scope(small):
        assert (done, User.objects.count()) == (LIMIT, LIMIT)


def test_no_more_projects_than_the_limit(tenant: Tenant) -> None:
    small = limited(tenant, projects=LIMIT)
    done = at_once(small, lambda number: create_project(name=f"Project {number}", actor=ACTOR))
    with tenant_scope(small):
        assert (done, Project.objects.count()) == (LIMIT, LIMIT)


def test_no_more_blueprints_than_the_limit_and_every_byte_counted(tenant: Tenant) -> None:
    small = limited(tenant, blueprints=LIMIT)
    with tenant_scope(small):
        homes = [create_project(name=f"Project {n}", actor=ACTOR) for n in range(WRITERS)]
    done = at_once(
        small,
        lambda number: create_blueprint(
            homes[number], name="Network", document=document(), actor=ACTOR
        ),
    )
    with tenant_scope(small):
        assert (done, Blueprint.objects.count()) == (LIMIT, LIMIT)
        each = Blueprint.objects.all()[0].versions.get().size
        assert UsageCounter.objects.get(quota=STORAGE.name).used == LIMIT * each > 0


def test_no_more_come_back_than_the_limit(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        create_user(username="admin", roles=["admin"], actor=ACTOR)
        people = [create_user(username=f"u{number}", actor=ACTOR) for number in range(WRITERS)]
        for each in people:
            update_user(each, actor=ACTOR, changes={"is_active": False})
    small = limited(tenant, users=1 + LIMIT)
    back = {"is_active": True}
    done = at_once(small, lambda number: update_user(people[number], actor=ACTOR, changes=back))
    with tenant_scope(small):
        assert (done, User.objects.filter(is_active=True).count()) == (LIMIT, 1 + LIMIT)


def test_a_counter_stops_at_its_limit(tenant: Tenant) -> None:
    small = limited(tenant, deployments_per_month=LIMIT)

    def deploy(_: int) -> None:
        with transaction.atomic():
            consume(DEPLOYMENTS)

    done = at_once(small, deploy)
    with tenant_scope(small):
        assert (done, UsageCounter.objects.get().used) == (LIMIT, LIMIT)


def test_a_tally_that_goes_up_and_down_at_once_is_exact(tenant: Tenant) -> None:
    def store(number: int) -> None:
        with transaction.atomic():
            consume(STORAGE, amount=100 + number)
        with transaction.atomic():
            release(STORAGE, amount=100)

    assert at_once(tenant, store) == WRITERS
    with tenant_scope(tenant):
        assert UsageCounter.objects.get().used == sum(range(WRITERS))
