"""What deleting a tenant would take with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iac_platform.cache.erasure import count_of
from tenants.erasure.handler import own_placements
from tenants.erasure.rows import count_rows
from tenants.files import count_files
from tenants.models import Placement

if TYPE_CHECKING:
    from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Inventory:
    """What there is of a tenant.

    Attributes:
        schemas: those that are the tenant's alone, and would be dropped.
        rows: how many rows it has, by schema and table.
        cache_keys: how many keys Redis has for it.
        files: how many files it has.
    """

    schemas: list[str]
    rows: dict[str, int]
    cache_keys: int
    files: int

    def lines(self) -> list[str]:
        """The inventory, for people."""
        return [
            *(f"schema {schema}" for schema in self.schemas),
            *(f"{count} rows of {table}" for table, count in self.rows.items()),
            f"{self.cache_keys} cache keys",
            f"{self.files} files",
        ]


def inventory(tenant: Tenant) -> Inventory:
    """Look everywhere for what belongs to the tenant, and change nothing. As the owner."""
    schemas = ["public", *Placement.objects.values_list("schema_name", flat=True)]
    rows = {
        f"{schema}.{table}": count
        for schema in schemas
        for table, count in count_rows(schema, tenant.pk).items()
    }
    return Inventory(
        schemas=[placement.schema_name for placement in own_placements(tenant)],
        rows=rows,
        cache_keys=count_of(tenant.pk),
        files=count_files(tenant.pk),
    )
