"""Figures of placements and tenants are those of the tables, for people and for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blueprints.catalog.services.projects import create_project
from rbac.models import ApiToken, AuditEntry, User
from rbac.services.tokens import create_token
from tenants import statistics
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.isolation.expectations import placement_rules
from tenants.models import Placement, Tenant, Tier
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tests.throwaway import ThrowawayTenants

SEEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def stats(*options: str) -> str:
    out = StringIO()
    call_command("tenant_stats", *options, stdout=out)
    return out.getvalue()


def figures(*options: str) -> dict[str, dict[str, Any]]:
    found = json.loads(stats("--json", *options))
    return {
        "tenants": {each["slug"]: each for each in found["tenants"]},
        "placements": {each["schema"]: each for each in found["placements"]},
    }


@pytest.fixture
def pair(committed_tenants: ThrowawayTenants) -> tuple[Tenant, Tenant]:
    """A standard and an enterprise tenant; the latter has two users and a project."""
    small, large = committed_tenants(Tier.STANDARD), committed_tenants(Tier.ENTERPRISE)
    with tenant_scope(large):
        User.objects.create(username="alice", last_login=SEEN)
        User.objects.create(username="bob")
        create_project(name="Shop", actor=ACTOR)
    return small, large


def test_the_figures_are_those_of_the_tables(pair: tuple[Tenant, Tenant]) -> None:
    small, large = pair
    found = figures()
    shown = found["tenants"][large.slug]
    with tenant_scope(large):
        entries = AuditEntry.objects.count()
    assert shown["rows"] == {"users": 2, "projects": 1, "audit_entries": entries}
    assert datetime.fromisoformat(shown["last_used"]) == SEEN
    assert (shown["tier"], shown["status"], shown["plan"]) == (
        "enterprise",
        "active",
        "default",
    )
    assert found["tenants"][small.slug]["rows"].get("users", 0) == 0
    assert found["tenants"][small.slug]["last_used"] is None

    home = found["placements"][large.schema_name]
    assert (home["tenants"], home["capacity"], home["migrations"]) == (1, 1, "current")
    assert home["tables"] == len(placement_rules()) + 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
            "WHERE relnamespace = %s::regnamespace AND relkind = 'r'",
            [large.schema_name],
        )
        assert home["size"] == cursor.fetchone()[0]


def test_the_use_of_a_token_counts_as_use(pair: tuple[Tenant, Tenant]) -> None:
    """A tenant that only programs use is not forgotten."""
    small, large = pair
    later = SEEN + timedelta(days=1)
    for tenant, used in ((small, later), (large, SEEN - timedelta(days=1))):
        with tenant_scope(tenant):
            robot, _ = User.objects.get_or_create(username="robot")
            token, _ = create_token(robot, name="ci", actor=ACTOR)
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=used)
    found = figures()["tenants"]
    assert datetime.fromisoformat(found[small.slug]["last_used"]) == later
    assert datetime.fromisoformat(found[large.slug]["last_used"]) == SEEN
    assert "api_tokens" not in found[small.slug]["rows"]


def test_one_tenant_alone(pair: tuple[Tenant, Tenant]) -> None:
    small, _ = pair
    found = figures("--tenant", small.slug)
    assert figures("--tenant", str(small.pk)) == found
    assert list(found["tenants"]) == [small.slug]
    assert list(found["placements"]) == [small.schema_name]
    # Of a pool, all tenants are counted, though only one is shown.
    assert found["placements"][small.schema_name]["tenants"] >= 3
    with pytest.raises(CommandError, match="no tenant"):
        stats("--tenant", "nobody")


def test_people_get_tables_with_totals(pair: tuple[Tenant, Tenant]) -> None:
    lines = stats("--tenant", pair[1].slug).splitlines()
    assert lines[0].split()[:4] == ["placement", "kind", "tenants", "tables"]
    row = next(line for line in lines if line.startswith(pair[1].slug))
    assert "2026-03-01 12:30" in row
    assert lines[-1].startswith("1 tenants")


def test_sorting(pair: tuple[Tenant, Tenant]) -> None:
    def order(sort: str) -> list[str]:
        return [each["slug"] for each in json.loads(stats("--json", "--sort", sort))["tenants"]]

    assert order("name") == sorted(order("name"))
    last = order("use")
    assert last.index(pair[0].slug) < last.index(pair[1].slug)
    assert order("size").index(pair[1].slug) < order("size").index(pair[0].slug)
    found = json.loads(stats("--json", "--sort", "size"))["placements"]
    assert [each["size"] for each in found] == sorted((e["size"] for e in found), reverse=True)


def test_a_placement_that_is_behind_or_empty_is_told_and_not_fatal(
    pair: tuple[Tenant, Tenant],
) -> None:
    schema = pair[1].schema_name
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(f"DROP TABLE {schema}.blueprint_tags, {schema}.blueprint_versions CASCADE")
        Placement.objects.filter(schema_name=schema).update(migrations="old")
        empty = Placement.objects.create(schema_name="pool_998", kind="pool", status="failed")
    try:
        found = figures()
    finally:
        with as_owner():
            Placement.objects.filter(pk=empty.pk).delete()
    assert found["placements"][schema]["migrations"] == "behind"
    assert found["tenants"][pair[1].slug]["rows"]["users"] == 2
    shown = found["placements"]["pool_998"]
    assert (shown["tables"], shown["size"], shown["migrations"]) == (0, 0, "failed")


def test_the_number_of_queries_grows_with_chunks_and_not_with_placements_or_tenants(
    committed_tenants: ThrowawayTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queries() -> int:
        with as_owner() as owner, CaptureQueriesContext(owner) as captured:
            statistics.collect()
        return len(captured)

    before = queries()
    committed_tenants(Tier.ENTERPRISE)
    committed_tenants(Tier.STANDARD)
    assert queries() == before
    monkeypatch.setattr(statistics, "CHUNK", 1)
    with as_owner():
        placements = Placement.objects.count()
    assert queries() <= before + 2 * placements
