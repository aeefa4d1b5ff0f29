"""Comparing one relation with its rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tenants.database.roles import APP_ROLE, OWNER_ROLE
from tenants.database.session import PUBLIC_SCHEMA
from tenants.isolation.findings import Finding
from tenants.isolation.rules import CURRENT_TENANT, TENANT_ISOLATION
from tenants.isolation.snapshot import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenants.isolation.rules import ForeignKeyRule, PolicyRule, TableRule
    from tenants.isolation.snapshot import Relation

_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
# PostgreSQL prints an expression from its parse tree, with casts, parentheses, aliases
# and schema names that differ between versions and search paths.
_PRINTED = re.compile(r'::text|\bas\s+"?nullif"?|\bpublic\.|[\s()"]', re.IGNORECASE)


def normalised(expression: str | None) -> str:
    """An expression without what PostgreSQL adds when it prints one."""
    return _PRINTED.sub("", expression or "").lower()


def check_table(relation: Relation, rule: TableRule) -> Iterator[Finding]:
    """Compare a tenant-owned table with its rule."""
    yield from check_ownership(relation)
    yield from _tenant_column(relation)
    yield from check_policies(relation, (TENANT_ISOLATION,))
    yield from _tenant_key(relation, rule)
    yield from _foreign_keys(relation, rule)
    yield from _uniques(relation, rule)
    yield from check_grants(relation, set(rule.privileges))


def finding(relation: Relation, rule: str, detail: str, fix: str) -> Finding:
    """A finding about a relation."""
    facts = relation.facts
    return Finding(facts["schema"], facts["relation"], rule, detail, fix)


def named(relation: Relation) -> str:
    """The relation's qualified name, for SQL."""
    return f"{relation.facts['schema']}.{relation.facts['relation']}"


def check_ownership(relation: Relation) -> Iterator[Finding]:
    """The owner is exempt from grants, so it must be the owner role."""
    owner = relation.facts["owner"]
    if owner != OWNER_ROLE and not relation.facts["of_extension"]:
        yield finding(
            relation,
            "owner",
            f"It belongs to {owner}.",
            f"As a superuser: ALTER TABLE {named(relation)} OWNER TO {OWNER_ROLE};",
        )


def check_policies(relation: Relation, wanted: Iterable[PolicyRule]) -> Iterator[Finding]:
    """Row-level security is on, for the owner too, with exactly these policies."""
    table, facts = named(relation), relation.facts
    if not facts["enabled"]:
        fix = f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        yield finding(relation, "rls-enabled", "Row-level security is off.", fix)
    if not facts["forced"]:
        fix = f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
        yield finding(relation, "rls-forced", "Row-level security spares the owner.", fix)
    found = {policy["name"]: policy for policy in relation.policies}
    for rule in wanted:
        yield from _policy(relation, rule, found.pop(rule.name, None))
    for name in found:
        fix = f"DROP POLICY {name} ON {table};"
        yield finding(relation, "unexpected-policy", f"The policy {name} is not ours.", fix)


def _policy(
    relation: Relation, rule: PolicyRule, found: dict[str, Any] | None
) -> Iterator[Finding]:
    create = f"{rule.create_statement(named(relation))};"
    if found is None:
        yield finding(relation, "policy-missing", f"The policy {rule.name} is missing.", create)
        return
    fix = f"DROP POLICY {rule.name} ON {named(relation)}; {create}"
    differences = {
        "command": (_COMMANDS[found["command"]], rule.command),
        "kind": (found["permissive"], True),
        "roles": (found["roles"], [APP_ROLE]),
        "USING": (normalised(found["using"]), normalised(rule.using)),
        "WITH CHECK": (normalised(found["with_check"]), normalised(rule.with_check)),
    }
    for part, (is_so, should_be) in differences.items():
        if is_so != should_be:
            detail = f"The {part} of policy {rule.name} is {is_so!r}."
            yield finding(relation, "policy-altered", detail, fix)


def _tenant_column(relation: Relation) -> Iterator[Finding]:
    facts, table = relation.facts, named(relation)
    if facts["tenant_type"] != "uuid":
        fix = "Put tenants.isolation.operations.Adopt into a migration."
        detail = f"tenant_id is {facts['tenant_type'] or 'missing'}, not uuid."
        yield finding(relation, "tenant-column", detail, fix)
        return
    if not facts["tenant_not_null"]:
        fix = f"ALTER TABLE {table} ALTER COLUMN tenant_id SET NOT NULL;"
        yield finding(relation, "tenant-not-null", "tenant_id may be null.", fix)
    if normalised(facts["tenant_default"]) != normalised(CURRENT_TENANT):
        fix = f"ALTER TABLE {table} ALTER COLUMN tenant_id SET DEFAULT {CURRENT_TENANT};"
        detail = f"The default of tenant_id is {facts['tenant_default']}."
        yield finding(relation, "tenant-default", detail, fix)


def _tenant_key(relation: Relation, rule: TableRule) -> Iterator[Finding]:
    wanted = ["tenant_id", rule.key_column]
    if not any(c["kind"] == "u" and c["columns"] == wanted for c in relation.constraints):
        fix = (
            f"ALTER TABLE {named(relation)} ADD CONSTRAINT {rule.unique_constraint} "
            f"{rule.unique_definition};"
        )
        yield finding(relation, "tenant-key", f"{rule.unique_definition} is missing.", fix)


def _foreign_keys(relation: Relation, rule: TableRule) -> Iterator[Finding]:
    keys = [c for c in relation.constraints if c["kind"] == "f"]
    for wanted in rule.foreign_keys:
        yield from _composite_key(relation, wanted, keys)
    for key in keys:
        if not _stays_within_the_tenant(key):
            detail = (
                f"{key['name']} ({', '.join(key['columns'])}) refers to "
                f"{key['target_schema']}.{key['target']} without tenant_id."
            )
            fix = f"ALTER TABLE {named(relation)} DROP CONSTRAINT {key['name']};"
            yield finding(relation, "plain-foreign-key", detail, fix)


def _composite_key(
    relation: Relation, wanted: ForeignKeyRule, keys: list[dict[str, Any]]
) -> Iterator[Finding]:
    schema = relation.facts["schema"]
    if not any(_is_the_key(key, wanted, schema) for key in keys):
        detail = f"{wanted.definition} is missing, not deferred, not validated or altered."
        fix = (
            f"ALTER TABLE {named(relation)} DROP CONSTRAINT IF EXISTS {wanted.constraint}; "
            f"ALTER TABLE {named(relation)} ADD CONSTRAINT {wanted.constraint} "
            f"{wanted.definition_in(schema)};"
        )
        yield finding(relation, "composite-foreign-key", detail, fix)
    columns = ["tenant_id", wanted.column]
    if not any(i["columns"][:2] == columns and i["valid"] for i in relation.indexes):
        fix = f"CREATE INDEX {wanted.index} ON {named(relation)} (tenant_id, {wanted.column});"
        yield finding(relation, "foreign-key-index", f"No index serves {columns}.", fix)


def _is_the_key(key: dict[str, Any], wanted: ForeignKeyRule, schema: str) -> bool:
    return (
        key["columns"] == ["tenant_id", wanted.column]
        and (key["target_schema"], key["target"]) == (schema, wanted.target_table)
        and key["target_columns"] == ["tenant_id", wanted.target_column]
        and key["deferred"]
        and key["validated"]
        and key["actions"] == "aa"
    )


def _stays_within_the_tenant(key: dict[str, Any]) -> bool:
    """Whether a key is composite, or refers to a shared table."""
    if key["target_schema"] == PUBLIC_SCHEMA:
        return True
    composite = key["columns"][0] == key["target_columns"][0] == "tenant_id"
    return bool(composite and key["target_schema"] == key["schema"])


def _uniques(relation: Relation, rule: TableRule) -> Iterator[Finding]:
    for index in relation.indexes:
        unique = index["is_unique"] and not index["is_primary"]
        if unique and index["columns"][0] != "tenant_id":
            detail = (
                f"{index['name']} is unique over ({', '.join(index['columns'])}), across tenants."
            )
            fix = "Begin the constraint of the model with tenant_id."
            yield finding(relation, "unique-across-tenants", detail, fix)
        if index["is_primary"] and index["columns"] != [rule.key_column]:
            detail = f"The primary key is ({', '.join(index['columns'])})."
            yield finding(relation, "primary-key", detail, "Restore the migration's primary key.")


def check_grants(relation: Relation, wanted: set[str]) -> Iterator[Finding]:
    """The application role holds exactly ``wanted``, and nobody else anything."""
    table = named(relation)
    object_kind = "SEQUENCE" if relation.kind == "S" else "TABLE"
    held = relation.grants.get(APP_ROLE, set())
    if missing := sorted(wanted - held):
        fix = f"GRANT {', '.join(missing)} ON {object_kind} {table} TO {APP_ROLE};"
        yield finding(relation, "grant-missing", f"{APP_ROLE} lacks {', '.join(missing)}.", fix)
    if excess := sorted(held - wanted):
        fix = f"REVOKE {', '.join(excess)} ON {object_kind} {table} FROM {APP_ROLE};"
        yield finding(relation, "grant-excess", f"{APP_ROLE} may {', '.join(excess)}.", fix)
    for grantee, privileges in relation.grants.items():
        if grantee not in (APP_ROLE, OWNER_ROLE):
            fix = f"REVOKE ALL ON {object_kind} {table} FROM {_role(grantee)};"
            detail = f"{grantee} may {', '.join(sorted(privileges))}."
            yield finding(relation, "grant-to-others", detail, fix)
    for grant in relation.column_grants:
        fix = f"REVOKE ALL ON TABLE {table} FROM {_role(grant['grantee'])};"
        detail = f"{grant['grantee']} may {grant['privilege']} some columns."
        yield finding(relation, "column-grant", detail, fix)


def _role(grantee: str) -> str:
    return grantee if grantee == PUBLIC else f'"{grantee}"'
