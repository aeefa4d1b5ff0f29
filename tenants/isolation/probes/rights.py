"""What the role may do to tables, to roles and to the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import errors

from tenants.database.roles import APP_ROLE, OWNER_ROLE
from tenants.isolation.expectations import placement_rules
from tenants.isolation.findings import Finding
from tenants.isolation.probes.intruder import DENIED, DONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenants.isolation.probes.intruder import Intruder
    from tenants.isolation.probes.subjects import Subject

_SETUP = "manage.py setup_database --admin-url <a superuser's URL>"

# Harmless where they are allowed after all: they are undone, and leave the database alone.
_OF_THE_ROLE = (
    f"SET LOCAL ROLE {OWNER_ROLE}",
    f"ALTER ROLE {APP_ROLE} BYPASSRLS",
    "CREATE ROLE iac_probe",
    "CREATE SCHEMA iac_probe",
    "CREATE TABLE public.iac_probe (id int)",
    "CREATE TEMPORARY TABLE iac_probe (id int)",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT 1 FROM pg_catalog.pg_stat_activity",
)
_IN_A_PLACEMENT = ("CREATE TABLE {schema}.iac_probe (id int)",)
_ON_A_TABLE = (
    "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
    "CREATE POLICY iac_probe ON {table} USING (true)",
    "TRUNCATE {table}",
)


def probe_role(intruder: Intruder) -> Iterator[Finding]:
    """What belongs to no placement: other roles, new objects, the server's programs.

    The twin: with the same connection the role reads what it may.
    """
    with intruder.context():
        for statement in _OF_THE_ROLE:
            state, _ = intruder.attempt(statement)
            if state != DENIED:
                yield _not_refused("", APP_ROLE, statement, state, _SETUP)
        state, count = intruder.attempt("SELECT id FROM public.tenants LIMIT 1")
        if state != DONE or not count:
            detail = f"It cannot read public.tenants (SQLSTATE {state or '00000'})."
            yield Finding("public", "tenants", "probe-shared-rows", detail, _SETUP)


def probe(intruder: Intruder, subject: Subject) -> Iterator[Finding]:
    """What nobody does to a placement's tables who is not their owner."""
    schema = subject.schema
    fix = "Run check_isolation --no-probes and fix what it finds first."
    with intruder.context(subject.resident or subject.stranger):
        for statement in _IN_A_PLACEMENT:
            sql = statement.format(schema=schema)
            state, _ = intruder.attempt(sql)
            if state != DENIED:
                yield _not_refused(schema, "", sql, state, fix)
        for name, rule in placement_rules().items():
            for statement in _ON_A_TABLE:
                sql = statement.format(table=f"{schema}.{name}")
                state, _ = intruder.attempt(sql)
                if state != DENIED:
                    yield _not_refused(schema, name, sql, state, fix)
            if "INSERT" in rule.privileges:
                yield from _copy(intruder, subject, name, fix)


def _copy(intruder: Intruder, subject: Subject, name: str, fix: str) -> Iterator[Finding]:
    """COPY FROM would pass the policies by, so PostgreSQL refuses it where they apply."""
    sql = f"COPY {subject.schema}.{name} (tenant_id) FROM STDIN"
    state = intruder.attempt_copy(sql, str(subject.resident or subject.stranger))
    if state not in (DENIED, errors.FeatureNotSupported.sqlstate):
        yield _not_refused(subject.schema, name, sql, state, fix)


def _not_refused(schema: str, name: str, sql: str, state: str, fix: str) -> Finding:
    detail = f"{sql!r} is not refused (SQLSTATE {state or '00000'})."
    return Finding(schema, name, "probe-not-refused", detail, fix)
