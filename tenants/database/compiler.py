"""Query compilers that refuse to touch tenant-owned tables outside a scope.

Every path of the ORM ends in a compiler (managers, related objects, cascades,
aggregates), so this is the one place that none of them can go around. Raw SQL is
caught by PostgreSQL: outside a scope the search path holds the shared tables only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import compiler as postgresql
from django.db.models.sql import compiler

from tenants.context import NoTenantScope, current_tenant_or_none
from tenants.ownership import is_tenant_owned

if TYPE_CHECKING:
    from django.db.models.sql.compiler import SQLCompiler as DjangoCompiler

    _Base = DjangoCompiler
else:
    _Base = object


class ScopedCompiler(_Base):
    """Raises rather than runs a query on tenant-owned tables without a tenant."""

    def execute_sql(self, *args: Any, **options: Any) -> Any:
        """Run the query, if a scope says whose rows it may touch.

        Raises:
            NoTenantScope: the model is tenant-owned and no scope is active.
        """
        # A query of no table (Django checks constraints by some) has none.
        meta = self.query.get_meta() if self.query.model else None
        if (
            meta is not None
            and is_tenant_owned(meta.app_label)
            and current_tenant_or_none() is None
            # Migrations run as the owner, on a placement, for all of its tenants.
            and not getattr(self.connection, "migrates_placement", False)
        ):
            raise NoTenantScope(
                f"{meta.label} is tenant-owned, and no tenant scope is active. "
                "Wrap the work in tenants.context.tenant_scope(tenant)."
            )
        return super().execute_sql(*args, **options)


class SQLCompiler(ScopedCompiler, postgresql.SQLCompiler):
    """SELECT."""


class SQLInsertCompiler(ScopedCompiler, compiler.SQLInsertCompiler):
    """INSERT, of several rows with VALUES.

    Django's own for PostgreSQL inserts them with SELECT from UNNEST. Where placements are
    distributed, the rows of a query reach the node by COPY, which row-level security refuses.
    """


class SQLDeleteCompiler(ScopedCompiler, compiler.SQLDeleteCompiler):
    """DELETE."""


class SQLUpdateCompiler(ScopedCompiler, compiler.SQLUpdateCompiler):
    """UPDATE."""


class SQLAggregateCompiler(ScopedCompiler, compiler.SQLAggregateCompiler):
    """SELECT of aggregates over a subquery."""
