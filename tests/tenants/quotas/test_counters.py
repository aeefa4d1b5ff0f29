"""Quotas that a counter keeps: deployments per month, and stored bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from blueprints.catalog.models import BlueprintVersion
from blueprints.catalog.quotas import STORAGE
from blueprints.catalog.services.blueprints import create_blueprint, delete_blueprint
from blueprints.catalog.services.projects import create_project
from blueprints.catalog.services.versions import create_version
from tenants.context import tenant_scope
from tenants.quotas.errors import QuotaExceeded
from tenants.quotas.models import UsageCounter
from tenants.quotas.quotas import DEPLOYMENTS
from tenants.quotas.selectors import usage_of
from tenants.quotas.services import consume, release
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR
from tests.tenants.quotas.conftest import limited

if TYPE_CHECKING:
    from tenants.models import Tenant

NOVEMBER = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
DECEMBER = NOVEMBER + timedelta(seconds=1)
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)


def counters() -> dict[tuple[str, str], int]:
    rows = UsageCounter.objects.values_list("quota", "period", "used")
    return {(quota, period): used for quota, period, used in rows}


def stored() -> tuple[int, int, int]:
    """The bytes that are counted, that the versions say, and that are really there."""
    said = BlueprintVersion.objects.aggregate(said=Sum("size"))["said"] or 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(octet_length(document::text)) FROM blueprint_versions")
        (real,) = cursor.fetchone()
    return counters().get((STORAGE.name, ""), 0), said, real or 0


def test_a_month_has_its_own_counter_and_starts_with_nothing(tenant: Tenant) -> None:
    with tenant_scope(limited(tenant, deployments_per_month=2)):
        assert [consume(DEPLOYMENTS, moment=NOVEMBER) for _ in range(2)] == [1, 2]
        with pytest.raises(QuotaExceeded) as refusal:
            consume(DEPLOYMENTS, moment=NOVEMBER)
        assert refusal.value.extra == {"quota": DEPLOYMENTS.name, "limit": 2, "used": 2}
        assert consume(DEPLOYMENTS, moment=DECEMBER) == 1
        assert consume(DEPLOYMENTS, moment=JANUARY) == 1
        assert counters() == {
            (DEPLOYMENTS.name, "2026-11"): 2,
            (DEPLOYMENTS.name, "2026-12"): 1,
            (DEPLOYMENTS.name, "2027-01"): 1,
        }


def test_months_are_those_of_utc(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        east = timezone(timedelta(hours=2))
        consume(DEPLOYMENTS, moment=NOVEMBER.astimezone(east))
        assert list(counters()) == [(DEPLOYMENTS.name, "2026-11")]


def test_the_report_tells_the_current_month_and_when_the_next_begins(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        consume(DEPLOYMENTS, amount=3, moment=NOVEMBER)
    for moment, used, resets_at in [(NOVEMBER, 3, DECEMBER), (DECEMBER, 0, JANUARY)]:
        report = {each.quota: each for each in usage_of(tenant, moment=moment).quotas}
        assert (report[DEPLOYMENTS].used, report[DEPLOYMENTS].resets_at) == (used, resets_at)


def test_all_of_an_amount_is_used_or_nothing(tenant: Tenant) -> None:
    with tenant_scope(limited(tenant, deployments_per_month=5)):
        with pytest.raises(QuotaExceeded, match=r"0 of 5 .* this needs 6 more"):
            consume(DEPLOYMENTS, amount=6, moment=NOVEMBER)
        assert counters() == {}
        assert consume(DEPLOYMENTS, amount=4, moment=NOVEMBER) == 4
        with pytest.raises(QuotaExceeded, match="2 more"):
            consume(DEPLOYMENTS, amount=2, moment=NOVEMBER)
        assert consume(DEPLOYMENTS, amount=1, moment=NOVEMBER) == 5


def test_what_is_rolled_back_was_never_used(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        with transaction.atomic():
            consume(DEPLOYMENTS, moment=NOVEMBER)
            transaction.set_rollback(True)
        assert counters() == {}


def test_a_counter_is_its_tenants_alone(acme: Tenant, globex: Tenant) -> None:
    assert acme.placement == globex.placement
    with tenant_scope(acme):
        consume(DEPLOYMENTS, amount=7, moment=NOVEMBER)
    with tenant_scope(limited(globex, deployments_per_month=1)):
        assert counters() == {}
        assert consume(DEPLOYMENTS, moment=NOVEMBER) == 1
        with pytest.raises(QuotaExceeded, match="1 of 1 "):
            consume(DEPLOYMENTS, moment=NOVEMBER)
    with tenant_scope(acme):
        assert counters() == {(DEPLOYMENTS.name, "2026-11"): 7}


def test_a_tally_never_falls_below_nothing(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        consume(STORAGE, amount=5)
        release(STORAGE, amount=3)
        assert counters() == {(STORAGE.name, ""): 2}
        release(STORAGE, amount=3)
        assert counters() == {(STORAGE.name, ""): 0}


def test_storage_is_what_the_database_stores_to_the_byte(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        project = create_project(name="Shop", actor=ACTOR)
        secret = {"description": "Zoë's ☃", "generate": {"length": 40}}
        odd = document()
        odd["components"].append({"id": "key", "type": "secret", "properties": secret})
        first = create_blueprint(project, name="One", document=odd, actor=ACTOR)
        second = create_blueprint(project, name="Two", document=document(), actor=ACTOR)
        for block in range(3):
            create_version(second, document=document(cidr=f"10.{block + 1}.0.0/16"), actor=ACTOR)
        counted, said, real = stored()
        assert counted == said == real > 0
        # Saving what is there already stores nothing.
        create_version(second, document=document(cidr="10.3.0.0/16"), actor=ACTOR)
        assert stored() == (counted, said, real)
        delete_blueprint(second, actor=ACTOR)
        counted, said, real = stored()
        assert counted == said == real > 0
        delete_blueprint(first, actor=ACTOR)
        assert stored() == (0, 0, 0)


def test_a_full_store_takes_no_version_and_no_blueprint(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        project = create_project(name="Shop", actor=ACTOR)
        first = create_blueprint(project, name="One", document=document(), actor=ACTOR)
        used, _, _ = stored()
    full = limited(tenant, storage=used + 1)
    with tenant_scope(full):
        with pytest.raises(QuotaExceeded) as refusal:
            create_version(first, document=document(cidr="10.1.0.0/16"), actor=ACTOR)
        with pytest.raises(QuotaExceeded, match="needs"):
            create_blueprint(project, name="Two", document=document(), actor=ACTOR)
        assert refusal.value.extra == {"quota": "storage", "limit": used + 1, "used": used}
        assert stored() == (used, used, used)
        first.refresh_from_db()
        assert (first.latest_number, first.versions.count()) == (1, 1)
    with tenant_scope(limited(tenant, storage=2 * used)):
        create_version(first, document=document(cidr="10.1.0.0/16"), actor=ACTOR)
        assert stored() == (2 * used, 2 * used, 2 * used)
