"""How the database finds a tenant: by functions, of whose queries it keeps the plans.

Every request asks for its tenant first. Planning that query takes PostgreSQL ten times as long as
answering it, most of it for the policies of four tables, and behind PgBouncer a session cannot
prepare statements of its own. The plan of a function's query is kept while the search path stays
the same (https://www.postgresql.org/docs/current/plpgsql-implementation.html#PLPGSQL-PLAN-CACHING),
and these are called outside any tenant's scope. They run with the rights of whoever calls them, so
the policies hold as ever.
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
        argument: its argument's type.
        tables: what it reads and returns.
        source: what stands after FROM; the argument is ``$1``.
    """

    name: str
    argument: str
    tables: tuple[str, ...]
    source: str

    @property
    def create(self) -> str:
        """The statement that makes it."""
        columns = ", ".join(f"{table} public.{table}" for table in self.tables)
        # Qualified, or they would be taken for the columns that the function returns.
        rows = ", ".join(f"{table}_row" for table in self.tables)
        return f"""
            CREATE OR REPLACE FUNCTION public.{self.name}({self.argument}) RETURNS TABLE ({columns})
            LANGUAGE plpgsql STABLE ROWS 1 AS $$
            BEGIN
                RETURN QUERY SELECT {rows} FROM {self.source};
            END $$
        """  # noqa: S608  # built from constants

    @property
    def drop(self) -> str:
        """The statement that removes it."""
        return f"DROP FUNCTION public.{self.name}({self.argument})"

    def select_like(self, sql: str) -> str:
        """The statement that reads the same columns from the function, given its argument.

        Args:
            sql: a SELECT of columns alone from the tables themselves.
        """
        columns, _, _ = sql.partition(" FROM ")
        of_rows = _TABLE.sub(r'("\1").', columns)
        return f"{of_rows} FROM public.{self.name}(%s)"


_JOINED = """
    JOIN public.service_plans service_plans_row ON service_plans_row.key = tenants_row.plan
    JOIN public.placements placements_row ON placements_row.id = tenants_row.placement_id
"""
TENANT_AT_HOST: Final = LookupFunction(
    "tenant_at_host",
    "text",
    ("domains", "tenants", "service_plans", "placements"),
    f"""public.domains domains_row
    JOIN public.tenants tenants_row ON tenants_row.id = domains_row.tenant_id {_JOINED}
    WHERE domains_row.domain = $1 AND domains_row.verified_at IS NOT NULL""",
)
TENANT_WITH_ID: Final = LookupFunction(
    "tenant_with_id",
    "uuid",
    ("tenants", "service_plans", "placements"),
    f"public.tenants tenants_row {_JOINED} WHERE tenants_row.id = $1",
)
FUNCTIONS: Final = (TENANT_AT_HOST, TENANT_WITH_ID)
READ_BY: Final = {function.name: frozenset(function.tables) for function in FUNCTIONS}
"""The tables that each function reads."""
