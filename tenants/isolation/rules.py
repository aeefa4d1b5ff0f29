"""What a tenant-owned table must look like, and the SQL that makes it so.

The migration operation installs these rules and the catalog check compares every
table with them, so both read them here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import ForeignKey

from tenants.database.roles import APP_ROLE
from tenants.database.session import TENANT_SETTING
from tenants.ownership import is_tenant_owned

if TYPE_CHECKING:
    from django.db.models import Model

POLICY = "tenant_isolation"
ALL_PRIVILEGES = ("DELETE", "INSERT", "SELECT", "UPDATE")

# nullif: after a transaction that set it, the setting reads '' rather than NULL.
CURRENT_TENANT = f"nullif(current_setting('{TENANT_SETTING}', true), '')::uuid"
# Without a subquery, which Citus would refuse (decision 16). An index serves it all the same:
# current_setting() is stable, so PostgreSQL evaluates it once for an index scan.
TENANT_MATCHES = f"tenant_id = {CURRENT_TENANT}"


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A policy of the application role.

    Attributes:
        name: the policy's name on its table.
        command: ``ALL`` or the one command that it is for.
        using: which rows are visible; empty for a policy of INSERT, which sees none.
        with_check: which rows may be written; empty for a policy that only reads.
    """

    name: str
    command: str
    using: str
    with_check: str = ""

    def create_statement(self, table: str) -> str:
        """The SQL that creates the policy."""
        using = f" USING ({self.using})" if self.using else ""
        check = f" WITH CHECK ({self.with_check})" if self.with_check else ""
        return (
            f"CREATE POLICY {self.name} ON {table} FOR {self.command} TO {APP_ROLE}{using}{check}"
        )


TENANT_ISOLATION = PolicyRule(POLICY, "ALL", TENANT_MATCHES, TENANT_MATCHES)


@dataclass(frozen=True, slots=True)
class ForeignKeyRule:
    """A composite reference to another tenant-owned table."""

    table: str
    column: str
    target_table: str
    target_column: str

    @property
    def constraint(self) -> str:
        """The constraint's name."""
        return f"{self.table}_{self.column}_tenant_fk"[:63]

    @property
    def index(self) -> str:
        """The name of the index that serves lookups and deletions of the target."""
        return f"{self.table}_{self.column}_tenant_idx"[:63]

    @property
    def definition(self) -> str:
        """The constraint's definition, in the schema that is searched first."""
        return self._definition(self.target_table)

    def definition_in(self, schema: str) -> str:
        """The constraint's definition, whatever schema is searched first."""
        return self._definition(f"{schema}.{self.target_table}")

    def _definition(self, target: str) -> str:
        return (
            f"FOREIGN KEY (tenant_id, {self.column}) "
            f"REFERENCES {target}(tenant_id, {self.target_column}) "
            "DEFERRABLE INITIALLY DEFERRED"
        )


@dataclass(frozen=True, slots=True)
class TableRule:
    """The isolation of one tenant-owned table.

    Attributes:
        table: its name.
        key_column: its primary key.
        privileges: what the application role may do.
        foreign_keys: its references to tenant-owned tables, which are composite.
        outward_keys: those to shared tables; a placement has no constraint of them.
    """

    table: str
    key_column: str
    privileges: tuple[str, ...]
    foreign_keys: tuple[ForeignKeyRule, ...]
    outward_keys: tuple[ForeignKeyRule, ...] = ()

    @property
    def unique_constraint(self) -> str:
        """The name of the constraint that composite foreign keys refer to."""
        return f"{self.table}_tenant_key"[:63]

    @property
    def unique_definition(self) -> str:
        """That constraint's definition."""
        return f"UNIQUE (tenant_id, {self.key_column})"


def table_rule(model: type[Model], privileges: tuple[str, ...] | None = None) -> TableRule:
    """The rule of a model's table, from its fields.

    Args:
        model: a live or a historical model.
        privileges: what the application role may do; by default the model's
            ``app_privileges``, else everything but DDL.
    """
    meta = model._meta
    granted = privileges or getattr(model, "app_privileges", None) or ALL_PRIVILEGES
    keys: dict[bool, list[ForeignKeyRule]] = {True: [], False: []}
    for field in meta.local_fields:
        if isinstance(field, ForeignKey):
            inside = is_tenant_owned(_target(field)._meta.app_label)
            keys[inside].append(_foreign_key_rule(meta.db_table, field))
    return TableRule(
        meta.db_table,
        _key_column(model),
        tuple(sorted(granted)),
        foreign_keys=tuple(keys[True]),
        outward_keys=tuple(keys[False]),
    )


def _foreign_key_rule(table: str, field: ForeignKey[Any, Any]) -> ForeignKeyRule:
    target = _target(field)
    return ForeignKeyRule(table, str(field.column), target._meta.db_table, _key_column(target))


def _target(field: ForeignKey[Any, Any]) -> type[Model]:
    """The model that a foreign key refers to; lazy references are resolved by now."""
    return field.related_model


def _key_column(model: type[Model]) -> str:
    return str(model._meta.pk.column)


def install_statements(rule: TableRule) -> list[str]:
    """The SQL that isolates a table whose ``tenant_id`` column exists."""
    table = rule.table
    return [
        # One action each: on a distributed table Citus takes no more (decision 16).
        f"ALTER TABLE {table} ALTER COLUMN tenant_id SET DEFAULT {CURRENT_TENANT}",
        f"ALTER TABLE {table} ALTER COLUMN tenant_id SET NOT NULL",
        f"ALTER TABLE {table} ADD CONSTRAINT {rule.unique_constraint} {rule.unique_definition}",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        (
            f"CREATE POLICY {POLICY} ON {table} TO {APP_ROLE} "
            f"USING ({TENANT_MATCHES}) WITH CHECK ({TENANT_MATCHES})"
        ),
        f"GRANT {', '.join(rule.privileges)} ON {table} TO {APP_ROLE}",
        *(statement for key in rule.foreign_keys for statement in key_statements(key)),
    ]


def key_statements(key: ForeignKeyRule) -> list[str]:
    """The SQL of one composite key, and of the index that serves it."""
    return [
        f"ALTER TABLE {key.table} ADD CONSTRAINT {key.constraint} {key.definition}",
        f"CREATE INDEX {key.index} ON {key.table} (tenant_id, {key.column})",
    ]


def drop_key_statements(key: ForeignKeyRule) -> list[str]:
    """The SQL that undoes it."""
    return [
        f"DROP INDEX {key.index}",
        f"ALTER TABLE {key.table} DROP CONSTRAINT {key.constraint}",
    ]


def adopt_statements(rule: TableRule) -> list[str]:
    """The SQL that gives a third-party table its ``tenant_id``, before isolating it.

    Its own single-column keys go: those to tenant-owned tables would accept another tenant's
    row, and with those to shared tables the placement could not live on another node (decision 16).
    """
    return [
        f"ALTER TABLE {rule.table} ADD COLUMN tenant_id uuid NOT NULL DEFAULT {CURRENT_TENANT}",
        *(_drop_plain_key(key) for key in (*rule.foreign_keys, *rule.outward_keys)),
    ]


def release_statements(rule: TableRule) -> list[str]:
    """The SQL that undoes ``adopt_statements``: the table is as its app made it."""
    return [
        *(
            f"ALTER TABLE {key.table} ADD FOREIGN KEY ({key.column}) "
            f"REFERENCES {key.target_table} ({key.target_column}) DEFERRABLE INITIALLY DEFERRED"
            for key in (*rule.foreign_keys, *rule.outward_keys)
        ),
        f"ALTER TABLE {rule.table} DROP COLUMN tenant_id",
    ]


def _drop_plain_key(key: ForeignKeyRule) -> str:
    """Drop the one-column constraint by what it is; Django's name for it has a hash."""
    return f"""
        DO $$
        DECLARE plain text;
        BEGIN
            SELECT conname INTO STRICT plain FROM pg_constraint
            WHERE conrelid = '{key.table}'::regclass AND contype = 'f'
              AND confrelid = '{key.target_table}'::regclass AND cardinality(conkey) = 1
              AND conkey[1] = (SELECT attnum FROM pg_attribute
                               WHERE attrelid = '{key.table}'::regclass
                                 AND attname = '{key.column}');
            EXECUTE format('ALTER TABLE {key.table} DROP CONSTRAINT %I', plain);
        END $$
    """  # noqa: S608  # the names are those of models


def remove_statements(rule: TableRule) -> list[str]:
    """The SQL that undoes ``install_statements``, for a migration run backwards."""
    table = rule.table
    return [
        *(f"DROP INDEX {key.index}" for key in rule.foreign_keys),
        *(f"ALTER TABLE {table} DROP CONSTRAINT {key.constraint}" for key in rule.foreign_keys),
        f"REVOKE ALL ON {table} FROM {APP_ROLE}",
        f"DROP POLICY {POLICY} ON {table}",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DROP CONSTRAINT {rule.unique_constraint} CASCADE",
    ]
