"""What the database must know before a statement of a tenant runs.

PgBouncer in transaction mode gives every transaction a different server
connection, so nothing may be left on a session. The context is therefore set with
``SET LOCAL``, which PostgreSQL forgets when the transaction ends
(https://www.postgresql.org/docs/current/sql-set.html).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tenants.database import entrance

PUBLIC_SCHEMA = "public"
TENANT_SETTING = "app.current_tenant"

# Schema names are interpolated, here and by django-tenants, so the alphabet is closed.
SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_TENANT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|")


class UnsafeSchemaName(ValueError):
    """A schema name holds characters outside ``[a-z][a-z0-9_]{0,47}``."""


@dataclass(frozen=True, slots=True)
class SessionContext:
    """A search path and a tenant, as one transaction sees them.

    Attributes:
        search_path: schema names in lookup order.
        tenant_id: the tenant's UUID as text; empty outside a tenant's scope.
    """

    search_path: tuple[str, ...]
    tenant_id: str = ""

    def __post_init__(self) -> None:
        for name in self.search_path:
            if SCHEMA_NAME.fullmatch(name) is None:
                raise UnsafeSchemaName(f"{name!r} is not a schema name of this platform.")
        if _TENANT_ID.fullmatch(self.tenant_id) is None:
            raise ValueError(f"{self.tenant_id!r} is not a tenant id.")

    def sql(self, *, for_session: bool = False) -> str:
        """The statement that sets both for the rest of the transaction, or of the session.

        In a tenant's scope the database looks the schema up itself, see
        ``tenants.database.entrance``; ours is what it was when the tenant was read.
        Elsewhere a block makes one statement, with one result, of the two settings.
        """
        if self.tenant_id:
            return entrance.enter(self.tenant_id)
        path, verb = ", ".join(self.search_path), "SET SESSION" if for_session else "SET LOCAL"
        return f"DO $$ BEGIN {verb} search_path = {path}; {verb} {TENANT_SETTING} = ''; END $$"


NOBODY = SessionContext((PUBLIC_SCHEMA,))
