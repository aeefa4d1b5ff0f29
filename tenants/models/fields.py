"""Fields of tenant-owned models."""

from __future__ import annotations

from typing import Any

from django.db import models


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A reference between rows of one tenant.

    PostgreSQL checks foreign keys without row-level security, so an ordinary key
    would let a tenant attach a row to another's. The constraint and the index are
    therefore composite, ``(tenant_id, x_id)``, and installed by the migration
    operation ``tenants.isolation.operations.Isolate``.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs["db_index"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """As Django's, without what this field always sets."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        kwargs.pop("db_index", None)
        return name, path, list(args), kwargs
