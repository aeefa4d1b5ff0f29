"""What the application role may do in ``public``, and the policies there.

The shared tables are how a request finds its tenant, so without a scope they can be
read; inside a tenant's scope they show that tenant alone; and only the operator's
scope may write, but for a tenant's own domains: it may note a name down and strike one
out again. That a name is proven is written in the operator's scope (``services.domain_checks``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.database.roles import APP_ROLE
from tenants.isolation import jobs
from tenants.isolation.rules import CURRENT_TENANT, PolicyRule
from tenants.models import PLATFORM_TENANT_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

_CURRENT = f"(select {CURRENT_TENANT})"
_IS_OPERATOR = f"{_CURRENT} = '{PLATFORM_TENANT_ID}'::uuid"
_NO_SCOPE = f"{_CURRENT} is null"

# Which rows a tenant's own scope shows, by table.
_OWN_ROWS = {
    "tenants": f"id = {_CURRENT}",
    "domains": f"tenant_id = {_CURRENT}",
    "service_plans": f"key = (select t.plan from tenants t where t.id = {_CURRENT})",  # noqa: S608  # built from constants
    "placements": f"id = (select t.placement_id from tenants t where t.id = {_CURRENT})",  # noqa: S608  # built from constants
}
# What the operator alone reads and writes, or (the log of migrations) reads.
_OWN_OPERATIONS = f"tenant_id = {_CURRENT}"

READ_POLICY = "scope_reads"
WRITE_POLICY = "operator_writes"
_OPERATOR_WRITES = PolicyRule(WRITE_POLICY, "ALL", _IS_OPERATOR, _IS_OPERATOR)
# Neither the address that the platform gave it nor a former one, which still redirects.
_ORDINARY = f"{_OWN_ROWS['domains']} AND NOT is_primary AND redirects_until IS NULL"
# What a tenant's own scope may write besides.
_OWN_WRITES = {
    "domains": (
        PolicyRule("tenant_adds", "INSERT", "", f"{_ORDINARY} AND verified_at IS NULL"),
        PolicyRule("tenant_removes", "DELETE", _ORDINARY),
        # Whoever deletes a row locks it first, for which PostgreSQL asks the policies of UPDATE.
        # No row passes this check: nothing can be changed.
        PolicyRule("tenant_locks", "UPDATE", _OWN_ROWS["domains"], "false"),
    )
}

POLICIES: dict[str, tuple[PolicyRule, ...]] = {
    **{
        table: (
            PolicyRule(READ_POLICY, "SELECT", f"{_NO_SCOPE} OR {_IS_OPERATOR} OR {own_rows}"),
            _OPERATOR_WRITES,
            *_OWN_WRITES.get(table, ()),
        )
        for table, own_rows in _OWN_ROWS.items()
    },
    "operations": (
        PolicyRule(READ_POLICY, "SELECT", f"{_IS_OPERATOR} OR {_OWN_OPERATIONS}"),
        _OPERATOR_WRITES,
    ),
    # The end of each tenant's audit log (rbac.chain): the tenant's own transactions move it on,
    # and a trigger lets nobody move it back.
    "audit_anchors": (
        PolicyRule(READ_POLICY, "SELECT", f"{_IS_OPERATOR} OR {_OWN_OPERATIONS}"),
        PolicyRule("tenant_anchors", "INSERT", "", _OWN_OPERATIONS),
        PolicyRule("tenant_advances", "UPDATE", _OWN_OPERATIONS, _OWN_OPERATIONS),
    ),
    "migration_runs": (PolicyRule(READ_POLICY, "SELECT", _IS_OPERATOR),),
    "placement_migrations": (PolicyRule(READ_POLICY, "SELECT", _IS_OPERATOR),),
}

SEQUENCES = ("placements_id_seq",)

# Policies cannot compare a row with what it was before. ALWAYS: a session that sets
# session_replication_role does not slip past.
ANCHORS_ONLY_FORWARD = (
    """
    CREATE FUNCTION public.audit_anchors_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.tenant_id <> OLD.tenant_id OR NEW.sequence <= OLD.sequence THEN
            RAISE EXCEPTION 'The audit log of % is anchored at %, later than %.',
                OLD.tenant_id, OLD.sequence, NEW.sequence USING ERRCODE = 'IA002';
        END IF;
        RETURN NEW;
    END $$
    """,
    (
        "CREATE TRIGGER only_forward BEFORE UPDATE ON public.audit_anchors "
        "FOR EACH ROW EXECUTE FUNCTION public.audit_anchors_only_forward()"
    ),
    "ALTER TABLE public.audit_anchors ENABLE ALWAYS TRIGGER only_forward",
)
ANCHORS_BACKWARD_TOO = (
    "DROP TRIGGER only_forward ON public.audit_anchors",
    "DROP FUNCTION public.audit_anchors_only_forward()",
)
# The triggers that belong in `public`, with what makes them again.
TRIGGERS: dict[str, str] = {
    "audit_anchors.only_forward": "DROP TRIGGER IF EXISTS only_forward ON public.audit_anchors; "
    f"{'; '.join(ANCHORS_ONLY_FORWARD[1:])};",
    **jobs.GUARD,
}

# All that the application role holds in `public`; the catalog check compares.
GRANTS: dict[str, tuple[str, ...]] = {
    "service_plans": ("DELETE", "INSERT", "SELECT", "UPDATE"),
    "tenants": ("INSERT", "SELECT", "UPDATE"),
    "domains": ("DELETE", "INSERT", "SELECT", "UPDATE"),
    "placements": ("INSERT", "SELECT", "UPDATE"),
    "operations": ("INSERT", "SELECT", "UPDATE"),
    "audit_anchors": ("INSERT", "SELECT", "UPDATE"),
    # What the release knows, the same for everybody; only the owner writes.
    "permissions": ("SELECT",),
    "migration_runs": ("SELECT",),
    "placement_migrations": ("SELECT",),
    "django_content_type": ("SELECT",),
    "django_migrations": ("SELECT",),
}


def install_statements(tables: Iterable[str], sequences: Iterable[str] = ()) -> list[str]:
    """The SQL that opens these tables of ``public`` to the application role, as far as it goes.

    A migration names the tables that it makes; all of them together are ``GRANTS``.
    """
    return [
        *(f"GRANT {', '.join(GRANTS[table])} ON {table} TO {APP_ROLE}" for table in tables),
        *(statement for table in tables if table in POLICIES for statement in _policies(table)),
        *(f"GRANT USAGE ON SEQUENCE {sequence} TO {APP_ROLE}" for sequence in sequences),
    ]


def remove_statements(tables: Iterable[str], sequences: Iterable[str] = ()) -> list[str]:
    """The SQL that closes them again."""
    return [
        *(f"REVOKE ALL ON {table} FROM {APP_ROLE}" for table in tables),
        *(f"REVOKE ALL ON SEQUENCE {sequence} FROM {APP_ROLE}" for sequence in sequences),
        *(statement for table in tables if table in POLICIES for statement in _open(table)),
    ]


def _policies(table: str) -> list[str]:
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        *(policy.create_statement(table) for policy in POLICIES[table]),
    ]


def _open(table: str) -> list[str]:
    return [
        *(f"DROP POLICY {policy.name} ON {table}" for policy in POLICIES[table]),
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]
