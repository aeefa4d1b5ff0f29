"""How the database finds a tenant: by functions, of whose queries it keeps the plans.

Every request asks for its tenant first. Planning that query takes PostgreSQL ten times as long as
answering it, most of it for the policies of four tables, and behind PgBouncer a session cannot
prepare statements of its own. The plan of a function's query is kept while the search path stays
the same (https://www.postgresql.org/docs/current/plpgsql-implementation.html#PLPGSQL-PLAN-CACHING),
and these are called outside any tenant's scope. They run with the rights of whoever calls them, so
the policies hold as ever. The migration ``0002_tenant_lookups`` makes them.
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
READ_BY: Final = {
    function.name: frozenset(function.tables) for function in (TENANT_AT_HOST, TENANT_WITH_ID)
}
"""The tables that each function reads."""
