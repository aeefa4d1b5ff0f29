"""What plain SQL with the application role's password does to what all tenants share."""

from __future__ import annotations

import pytest
from django.conf import settings
from psycopg import errors

from tenants.models import PLATFORM_TENANT_ID, Tenant
from tests.tenants.plain_sql import CLAIM, NOBODY, Pair, Psql, _tenants, pair, psql, schemas

# Fixtures: pytest finds them by their names here.
__all__ = ["_tenants", "pair", "psql", "schemas"]


def test_the_shared_tables_show_a_tenant_itself_only(psql: Psql, pair: Pair) -> None:
    attacker = pair.attacker
    assert psql.rows(attacker, "SELECT id FROM tenants") == [(attacker.id,)]
    assert psql.rows(attacker, "SELECT schema_name FROM placements") == [(attacker.schema_name,)]
    assert psql.rows(attacker, "SELECT DISTINCT tenant_id FROM domains") == [(attacker.id,)]
    # What others could buy is none of its business either.
    assert psql.rows(attacker, "SELECT key FROM service_plans") == [(attacker.plan_id,)]


YES, NO = "true", "false"
OPERATOR = Tenant(id=PLATFORM_TENANT_ID)
ADD_DOMAIN = (
    "INSERT INTO public.domains (id, created_at, domain, tenant_id, is_primary, verified_at, "
    "redirects_until, challenge, failure) "
    "VALUES (gen_random_uuid(), now(), 'stolen.example', %s, %s, %s, %s, %s, '')"
)


def test_only_the_operator_writes_the_shared_tables(psql: Psql, pair: Pair) -> None:
    promote = "UPDATE public.tenants SET plan = 'enterprise' WHERE id = %s"
    exempt = "UPDATE public.tenants SET quota_overrides = '[]' WHERE id = %s"
    stretch = "UPDATE public.service_plans SET limits = '[]' WHERE key = %s"
    for claim in (pair.attacker, None):
        assert psql.run(claim, promote, pair.attacker.id).rowcount == 0
        assert psql.run(claim, exempt, pair.attacker.id).rowcount == 0
        assert psql.run(claim, stretch, pair.attacker.plan_id).rowcount == 0
    assert psql.run(OPERATOR, promote, pair.attacker.id).rowcount == 1
    assert psql.run(OPERATOR, exempt, pair.attacker.id).rowcount == 1
    assert psql.run(OPERATOR, stretch, pair.attacker.plan_id).rowcount == 1


ADD_PLACEMENT = (
    "INSERT INTO public.placements (schema_name, kind, capacity, status, failure, migrations, "
    "created_at) VALUES (%s, 'pool', 0, 'ready', '', '', now())"
)


@pytest.mark.parametrize(
    "name",
    [
        "public.tenants TO iac_app;CREATE SCHEMA pwned;--",
        "pool_001; DROP SCHEMA pool_001 CASCADE",
        'pool_001"',
        "pool_001\n",
        "Pool_001",
        "",
        "public",
        "pg_catalog",
        "information_schema",
    ],
)
def test_what_the_owner_writes_into_its_sql_is_nobodys_to_choose(psql: Psql, name: str) -> None:
    """The owner's commands name the schemas that stand in this table, and drop some of them."""
    psql.refuses(OPERATOR, ADD_PLACEMENT, name, error=errors.CheckViolation)
    rename = "UPDATE public.placements SET schema_name = %s WHERE schema_name = 'pool_001'"
    psql.refuses(OPERATOR, rename, name, error=errors.CheckViolation)
    assert psql.run(OPERATOR, ADD_PLACEMENT, "pool_989").rowcount == 1


def test_a_tenant_notes_a_domain_down_and_never_as_verified(psql: Psql, pair: Pair) -> None:
    attacker, victim = pair
    psql.run(attacker, ADD_DOMAIN, attacker.id, NO, None, None, "")
    for owner, is_primary, verified, redirects in (
        (victim.id, NO, None, None),
        (PLATFORM_TENANT_ID, NO, None, None),
        (attacker.id, YES, None, None),
        (attacker.id, NO, "2026-01-01", None),
        (attacker.id, NO, None, "2100-01-01"),
    ):
        values = (owner, is_primary, verified, redirects, "")
        psql.refuses(attacker, ADD_DOMAIN, *values)
        psql.refuses(None, ADD_DOMAIN, *values)
    psql.run(OPERATOR, ADD_DOMAIN, victim.id, NO, "2026-01-01", None, "")
    # Nor by adding what is there already.
    taken = ADD_DOMAIN.replace("stolen.example", f"{attacker.slug}.{settings.BASE_DOMAIN}")
    again = taken + " ON CONFLICT (tenant_id, domain) DO UPDATE SET verified_at = now()"
    psql.refuses(attacker, again, attacker.id, NO, None, None, "")
    psql.run(OPERATOR, again, attacker.id, NO, None, None, "")


@pytest.mark.parametrize(
    "change",
    [
        "verified_at = now()",
        "is_primary = true",
        "is_primary = false",
        "domain = 'other.example'",
        "challenge = 'known'",
        "failure = ''",
        "redirects_until = now()",
        f"tenant_id = '{NOBODY}'",
    ],
)
def test_a_tenant_changes_no_domain_that_is_there(psql: Psql, pair: Pair, change: str) -> None:
    attacker, victim = pair
    statement = f"UPDATE public.domains SET {change} WHERE tenant_id = %s"  # noqa: S608  # a test's own text
    psql.refuses(attacker, statement, attacker.id)
    for claim, owner in ((attacker, victim), (None, victim), (None, attacker)):
        assert psql.run(claim, statement, owner.id).rowcount == 0
    if NOBODY not in change:
        assert psql.run(OPERATOR, statement, attacker.id).rowcount == 1


def test_a_tenant_locks_its_own_domains_and_no_others(psql: Psql, pair: Pair) -> None:
    lock = "SELECT DISTINCT tenant_id FROM (SELECT tenant_id FROM domains FOR UPDATE) locked"
    assert psql.rows(pair.attacker, lock) == [(pair.attacker.id,)]
    assert psql.rows(None, lock) == []


def test_a_tenant_strikes_out_domains_of_its_own_that_are_no_address(
    psql: Psql, pair: Pair
) -> None:
    attacker, victim = pair
    with psql.connection.transaction(force_rollback=True):
        for tenant in pair:
            psql.connection.execute(CLAIM, [str(PLATFORM_TENANT_ID)])
            for verified, redirects in ((None, None), ("2026-01-01", "2100-01-01")):
                name = f"{redirects or 'plain'}.{tenant.slug}.example"
                psql.connection.execute(
                    ADD_DOMAIN.replace("'stolen.example'", f"'{name}'"),
                    [tenant.id, NO, verified, redirects, ""],
                )
        delete = "DELETE FROM public.domains RETURNING domain"
        assert psql.rows(None, delete) == []
        assert psql.rows(attacker, delete) == [(f"plain.{attacker.slug}.example",)]
        assert psql.rows(victim, delete) == [(f"plain.{victim.slug}.example",)]


def test_anothers_challenge_cannot_be_written_down(psql: Psql, pair: Pair) -> None:
    """It stands in DNS for all to read, and proves the name for whoever's row holds it."""
    attacker, victim = pair
    challenge = "challenge-of-the-victim"
    with psql.connection.transaction(force_rollback=True):
        psql.connection.execute(CLAIM, [str(victim.id)])
        psql.connection.execute(ADD_DOMAIN, [victim.id, NO, None, None, challenge])
        values = (attacker.id, NO, None, None)
        psql.run(attacker, ADD_DOMAIN, *values, "another-challenge")
        psql.refuses(attacker, ADD_DOMAIN, *values, challenge, error=errors.UniqueViolation)
