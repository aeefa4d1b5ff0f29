"""How the database finds a tenant, and who calls: by functions whose plans it keeps.

Every request asks for its tenant first, and most for a token of it next. Planning such a query
takes PostgreSQL ten times as long as answering it, most of it for the policies of the tables, and
behind PgBouncer a session cannot prepare statements of its own. The plan of a function's query is
kept while the search path stays the same
(https://www.postgresql.org/docs/current/plpgsql-implementation.html#PLPGSQL-PLAN-CACHING). They run
with the rights of whoever calls them, so the policies hold as ever. The migrations
``0002_tenant_lookups`` and ``0003_caller`` make them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# A table's name in front of a column's.
_TABLE = re.compile(r'"(\w+)"\.(?=")')


@dataclass(frozen=True, slots=True)
class LookupFunction:
    """A function of one argument, which returns whole rows of some tables under their names.

    Attributes:
        name: of the function, in ``public``.
        tables: what it reads and returns.
    """

    name: str
    tables: tuple[str, ...]

    def select_like(self, sql: str) -> str:
        """The statement that reads the same columns from the function, given its argument.

        Args:
            sql: a SELECT of columns alone from the tables themselves.
        """
        columns, _, _ = sql.partition(" FROM ")
        of_rows = _TABLE.sub(r'("\1").', columns)
        return f"{of_rows} FROM public.{self.name}(%s)"


TENANT_AT_HOST: Final = LookupFunction(
    "tenant_at_host", ("domains", "tenants", "service_plans", "placements")
)
TENANT_WITH_ID: Final = LookupFunction("tenant_with_id", ("tenants", "service_plans", "placements"))

TOKEN_WITH_DIGEST: Final = "token_with_digest"  # noqa: S105  # a function's name
"""Finds a live token of the scope's tenant with its active user, both as JSON, and the stamp of the
tenant's access."""

CALLER: Final = "caller"
"""Finds the tenant that is served at a host with its plan and its placement, as JSON, and the token
that is shown there, which names it, in one round trip. There is no row where there is more to say
of the tenant. The tenant's scope stays entered until the transaction ends."""

READ_OF_CALLER: Final = frozenset({"access_stamps", "api_tokens", "support_accesses", "users"})
"""The tables of the caller's own tenant that are read for it."""
READ_BY: Final = {
    **{each.name: frozenset(each.tables) for each in (TENANT_AT_HOST, TENANT_WITH_ID)},
    TOKEN_WITH_DIGEST: READ_OF_CALLER,
    CALLER: frozenset(TENANT_AT_HOST.tables),
}
"""The tables that each function reads in the scope that it is called in."""
