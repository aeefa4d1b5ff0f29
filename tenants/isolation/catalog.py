"""The catalog check: is every table in every placement isolated as it should be?

It reads PostgreSQL's catalog, not the migrations that ran, so it also finds what was
changed by hand, by a restored backup or by a migration that forgot its isolation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.database.roles import APP_ROLE, OWNER_ROLE
from tenants.database.session import PUBLIC_SCHEMA
from tenants.database.setup import (
    LEAKY_FUNCTIONS,
    LEAKY_VIEWS,
    MAINTENANCE_DATABASES,
    ROLE_SETTINGS,
)
from tenants.distribution import distributed
from tenants.isolation import jobs, nodes, shared, snapshot
from tenants.isolation.expectations import MIGRATIONS_TABLE, placement_rules, shared_tables
from tenants.isolation.findings import Finding
from tenants.isolation.fingerprint import recorded_wrongly
from tenants.isolation.table_checks import (
    check_grants,
    check_ownership,
    check_policies,
    check_table,
    finding,
    named,
    normalised,
)
from tenants.models import Placement, PlacementStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tenants.isolation.snapshot import Relation, Snapshot

_TABLES = ("r", "p")
_ROLE_ATTRIBUTES = {
    APP_ROLE: dict.fromkeys(
        ("superuser", "bypassrls", "createdb", "createrole", "replication", "inherit"), False
    ),
    OWNER_ROLE: {"superuser": False, "bypassrls": True, "createrole": False},
}
_ROLES = (APP_ROLE, OWNER_ROLE)
_SETUP = "manage.py setup_database --admin-url <a superuser's URL>"


def check() -> list[Finding]:
    """Compare the whole database with its rules; empty when all is well.

    Connect as the owner. The number of queries is the same for any number of
    placements, but for one that compares migrations, in chunks of 200 placements.
    """
    status = dict(Placement.objects.values_list("schema_name", "status"))
    ready = [name for name, is_now in status.items() if is_now == PlacementStatus.READY]
    found = snapshot.take(
        [PUBLIC_SCHEMA, *status],
        roles=_ROLES,
        leaky_views=LEAKY_VIEWS,
        functions=LEAKY_FUNCTIONS,
        databases=MAINTENANCE_DATABASES,
    )
    findings = [*_schemas(found, known=set(status)), *_public(found), *_programs(found)]
    for schema in ready:
        findings += _placement(found, schema)
    findings += [*_migrations(found, ready), *_missing_guards(found), *_roles(found)]
    if any(facts["extension"] == nodes.EXTENSION for facts in found.schemas.values()):
        findings += _cluster(distributed(ready), known=set(status))
    return sorted(set(findings), key=_fix_order)


def _cluster(schemas: Collection[str], known: set[str]) -> Iterator[Finding]:
    """What lies on other nodes, where it lies; and what should not be here any more."""
    unseen = set(schemas)
    fix = "See that its node runs, holds placements and is no coordinator; then check again."
    for node in nodes.ask(schemas, roles=_ROLES, leaky_views=LEAKY_VIEWS):
        unseen -= {schema for schema, _ in node.shards}
        if node.tables is None or node.shells is None:
            yield Finding("", node.name, "node-not-checked", node.failure, fix)
            continue
        there = {schema for schema, _ in node.shards}
        found = (
            *(one for schema in sorted(there) for one in _placement(node.tables, schema)),
            *(one for schema in sorted(schemas) for one in _placement(node.shells, schema)),
            *_schemas(node.shells, known=known),
            *_programs(node.shells),
            *_roles(node.shells),
        )
        yield from map(node.tell, found)
    for schema in unseen:
        yield Finding(schema, "", "node-not-checked", "No worker holds it.", fix)
    for schema, table in nodes.left_behind(schemas):
        detail = "Its rows lie on another node, and old ones on this one's disk."
        fix = f"SELECT truncate_local_data_after_distributing_table('{schema}.{table}');"
        yield Finding(schema, table, "rows-left-behind", detail, fix)


def _fix_order(found: Finding) -> tuple[bool, Finding]:
    """In order, but the keys that others refer to first: without them none can be fixed."""
    return found.rule != "tenant-key", found


def _schemas(found: Snapshot, known: set[str]) -> Iterator[Finding]:
    for schema, facts in found.schemas.items():
        ours = schema == PUBLIC_SCHEMA or schema in known
        allowed = {f"{APP_ROLE} USAGE"} if ours else set()
        if ours and facts["owner"] != OWNER_ROLE:
            fix = f"As a superuser: ALTER SCHEMA {schema} OWNER TO {OWNER_ROLE};"
            yield Finding(schema, "", "owner", f"The schema belongs to {facts['owner']}.", fix)
        for grant in set(facts["grants"]) - allowed:
            grantee, privilege = grant.rsplit(" ", 1)
            fix = f"REVOKE {privilege} ON SCHEMA {schema} FROM {grantee};"
            yield Finding(schema, "", "schema-grant", f"{grantee} holds {privilege}.", fix)
        if ours and not allowed <= set(facts["grants"]):
            fix = f"GRANT USAGE ON SCHEMA {schema} TO {APP_ROLE};"
            yield Finding(schema, "", "schema-usage", f"{APP_ROLE} cannot use it.", fix)


def _placement(found: Snapshot, schema: str) -> Iterator[Finding]:
    rules, relations = placement_rules(), found.tables(schema)
    for table in sorted({*rules, MIGRATIONS_TABLE} - set(relations)):
        fix = f"manage.py migrate_schemas --schema={schema}"
        yield Finding(schema, table, "table-missing", "The table is missing.", fix)
    for name, relation in relations.items():
        if relation.kind in _TABLES and name in rules:
            yield from check_table(relation, rules[name])
        elif relation.kind in _TABLES and name == MIGRATIONS_TABLE:
            yield from check_ownership(relation)
            yield from check_grants(relation, {"SELECT"})
        else:
            yield from _other_relation(relation, schema_holds="tenants' rows")


def _migrations(found: Snapshot, schemas: Iterable[str]) -> Iterator[Finding]:
    """What a placement is said to have decides whether it is migrated, so it must be true."""
    there = [name for name in schemas if (name, MIGRATIONS_TABLE) in found.relations]
    for schema, noted, actual in recorded_wrongly(there):
        detail = f"It is noted as {noted[:12] or 'nothing'}, and its migrations are {actual[:12]}."
        fix = (
            f"UPDATE public.placements SET migrations = '{actual}' "  # noqa: S608  # printed, for a person
            f"WHERE schema_name = '{schema}';"
        )
        yield Finding(schema, MIGRATIONS_TABLE, "migrations-record", detail, fix)


def _public(found: Snapshot) -> Iterator[Finding]:
    expected, relations = shared_tables(), found.tables(PUBLIC_SCHEMA)
    for table in sorted(expected - set(relations)):
        fix = "manage.py migrate_schemas --shared"
        yield Finding(PUBLIC_SCHEMA, table, "table-missing", "The table is missing.", fix)
    for name, relation in relations.items():
        if relation.kind in _TABLES and name in expected:
            yield from _shared_table(relation, name)
        elif name in placement_rules():
            fix = f"DROP TABLE {named(relation)}; after moving its rows to their placement."
            yield finding(relation, "tenant-table-in-public", "Names would fall through.", fix)
        else:
            yield from _other_relation(relation, schema_holds="what all share")


def _shared_table(relation: Relation, name: str) -> Iterator[Finding]:
    yield from check_ownership(relation)
    yield from check_grants(relation, set(shared.GRANTS.get(name, ())))
    if name in shared.POLICIES:
        yield from check_policies(relation, shared.POLICIES[name])
    for key in relation.constraints:
        if key["kind"] == "f" and key["target_schema"] != PUBLIC_SCHEMA:
            fix = f"ALTER TABLE {named(relation)} DROP CONSTRAINT {key['name']};"
            yield finding(relation, "plain-foreign-key", "It refers into a placement.", fix)


def _other_relation(relation: Relation, *, schema_holds: str) -> Iterator[Finding]:
    """Sequences, views, and whatever nobody expects."""
    if relation.kind == "S":
        usable = relation.facts["schema"] == PUBLIC_SCHEMA and (
            relation.facts["relation"] in shared.SEQUENCES
        )
        yield from check_ownership(relation)
        yield from check_grants(relation, {"USAGE"} if usable else set())
    elif relation.facts["of_extension"]:
        yield from check_grants(relation, set())
    elif relation.kind == "v":
        yield from _view(relation)
    elif relation.kind in _TABLES:
        fix = f"Give it a model and Isolate(...) in a migration, or DROP TABLE {named(relation)};"
        detail = f"No model has this table, but the schema holds {schema_holds}."
        yield finding(relation, "unexpected-table", detail, fix)
    else:
        fix = f"Drop {named(relation)}."
        yield finding(relation, "unexpected-relation", "Row-level security does not reach it.", fix)


def _view(relation: Relation) -> Iterator[Finding]:
    options = {normalised(option) for option in relation.facts["options"]}
    if not options & {"security_invoker=true", "security_invoker=on", "security_invoker=1"}:
        fix = f"ALTER VIEW {named(relation)} SET (security_invoker = true);"
        detail = "The view reads with its owner's rights, past row-level security."
        yield finding(relation, "view-as-owner", detail, fix)


def _programs(found: Snapshot) -> Iterator[Finding]:
    explained = {
        "definer": ("security-definer", "It runs with its owner's rights.", "DROP FUNCTION {};"),
        "trigger": ("unexpected-trigger", "No migration of ours makes it.", "Drop {}."),
        "rule": ("unexpected-rewrite", "It rewrites statements.", "Drop {}."),
    }
    known = {
        "definer": jobs.DEFINERS,
        "trigger": jobs.TRIGGERS | set(shared.TRIGGERS),
        "rule": frozenset[str](),
    }
    for program in found.programs:
        rule, detail, fix = explained[program["kind"]]
        name = program["name"]
        if program["schema"] == PUBLIC_SCHEMA and name in known[program["kind"]]:
            continue
        yield Finding(program["schema"], name, rule, detail, fix.format(name))


def _missing_guards(found: Snapshot) -> Iterator[Finding]:
    guards = {
        program["name"]
        for program in found.programs
        if program["schema"] == PUBLIC_SCHEMA and program["is_always_on"]
    }
    for name in sorted(set(shared.TRIGGERS) - guards):
        fix = shared.TRIGGERS[name]
        yield Finding(PUBLIC_SCHEMA, name, "trigger-missing", "It guards its table.", fix)


def _roles(found: Snapshot) -> Iterator[Finding]:
    for role, wanted in _ROLE_ATTRIBUTES.items():
        facts = found.roles.get(role)
        if facts is None:
            yield Finding("", role, "role-missing", "There is no such role.", _SETUP)
            continue
        for attribute, value in wanted.items():
            if facts[attribute] is not value:
                yield Finding("", role, "role-attribute", f"{attribute} is {not value}.", _SETUP)
    app = found.roles.get(APP_ROLE, {})
    explained = {
        "member_of": ("role-membership", "It is a member of {}.", f"REVOKE {{}} FROM {APP_ROLE};"),
        "on_database": ("database-grant", "It holds {} on the database.", _SETUP),
        "leaky_views": (
            "leaky-view",
            "It can read {}.",
            "As a superuser: REVOKE ALL ON {} FROM PUBLIC;",
        ),
        "functions": (
            "leaky-view",
            "It can call {}.",
            "As a superuser: REVOKE ALL ON FUNCTION {} FROM PUBLIC;",
        ),
        "databases": ("other-database", "It can connect to {} and look around there.", _SETUP),
        "defaults": ("default-privileges", "New tables of {} are granted to it.", "See \\ddp."),
    }
    for fact, (rule, detail, fix) in explained.items():
        for value in app.get(fact, ()):
            yield Finding("", APP_ROLE, rule, detail.format(value), fix.format(value))
    for role, facts in found.roles.items():
        yield from _settings(role, facts["settings"])


def _settings(role: str, stored: Iterable[str]) -> Iterator[Finding]:
    """What is stored for a role, which any of its sessions may do, holds for its later ones."""
    for entry in stored:
        database, _, setting = entry.partition(" ")
        name, _, value = setting.partition("=")
        if database != "0" and ROLE_SETTINGS.get(name.lower()) == value:
            continue
        where = "" if database == "0" else " IN DATABASE <this one>"
        detail = f"{setting} is stored for it{where and ' in this database'}."
        fix = f"ALTER ROLE {role}{where} RESET {name};"
        yield Finding("", role, "role-setting", detail, f"{fix} Then: {_SETUP}")
