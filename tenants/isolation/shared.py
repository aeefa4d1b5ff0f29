"""What the application role may do in ``public``, and the policies there.

The shared tables are how a request finds its tenant, so without a scope they can be
read; inside a tenant's scope they show that tenant alone; and only the operator's
scope may write.
"""

from __future__ import annotations

from tenants.database.roles import APP_ROLE
from tenants.isolation.rules import CURRENT_TENANT, PolicyRule
from tenants.models import PLATFORM_TENANT_ID

_CURRENT = f"(select {CURRENT_TENANT})"
_IS_OPERATOR = f"{_CURRENT} = '{PLATFORM_TENANT_ID}'::uuid"
_NO_SCOPE = f"{_CURRENT} is null"

# Which rows a tenant's own scope shows, by table.
_OWN_ROWS = {
    "tenants": f"id = {_CURRENT}",
    "domains": f"tenant_id = {_CURRENT}",
    "placements": f"id = (select t.placement_id from tenants t where t.id = {_CURRENT})",  # noqa: S608  # built from constants
}

READ_POLICY = "scope_reads"
WRITE_POLICY = "operator_writes"

POLICIES: dict[str, tuple[PolicyRule, ...]] = {
    table: (
        PolicyRule(READ_POLICY, "SELECT", f"{_NO_SCOPE} OR {_IS_OPERATOR} OR {own_rows}"),
        PolicyRule(WRITE_POLICY, "ALL", _IS_OPERATOR, _IS_OPERATOR),
    )
    for table, own_rows in _OWN_ROWS.items()
}
SEQUENCES = ("domains_id_seq", "placements_id_seq")

# All that the application role holds in `public`; the catalog check compares.
GRANTS: dict[str, tuple[str, ...]] = {
    "tenants": ("INSERT", "SELECT", "UPDATE"),
    "domains": ("DELETE", "INSERT", "SELECT", "UPDATE"),
    "placements": ("INSERT", "SELECT", "UPDATE"),
    "django_content_type": ("SELECT",),
    "django_migrations": ("SELECT",),
}


def install_statements() -> list[str]:
    """The SQL that opens ``public`` to the application role, as far as it goes."""
    return [
        *(
            f"GRANT {', '.join(privileges)} ON {table} TO {APP_ROLE}"
            for table, privileges in GRANTS.items()
        ),
        *(statement for table in POLICIES for statement in _policies(table)),
        *(f"GRANT USAGE ON SEQUENCE {sequence} TO {APP_ROLE}" for sequence in SEQUENCES),
    ]


def remove_statements() -> list[str]:
    """The SQL that closes it again."""
    return [
        *(f"REVOKE ALL ON {table} FROM {APP_ROLE}" for table in GRANTS),
        *(f"REVOKE ALL ON SEQUENCE {sequence} FROM {APP_ROLE}" for sequence in SEQUENCES),
        *(
            f"DROP POLICY {policy.name} ON {table}"
            for table, policies in POLICIES.items()
            for policy in policies
        ),
        *(
            statement
            for table in POLICIES
            for statement in (
                f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            )
        ),
    ]


def _policies(table: str) -> list[str]:
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        *(policy.create_statement(table) for policy in POLICIES[table]),
    ]
