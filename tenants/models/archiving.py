"""What archives of tenants hold of a model's rows; each tenant-owned model says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExportedRows(Enum):
    """Whether an archive holds the rows."""

    ALL = auto()
    WITH_CREDENTIALS = auto()  # only where the operator asks for credentials
    NONE = auto()  # they are secrets themselves, or mean nothing elsewhere


@dataclass(frozen=True, slots=True)
class ArchivePolicy:
    """What archives hold of a model's rows.

    Attributes:
        rows: whether they hold them.
        replaced: what stands instead of a column's text without credentials, by column.
        bound_to_tenant_id: the rows name the tenant, so that they are not imported with new ids.
    """

    rows: ExportedRows = ExportedRows.ALL
    replaced: Mapping[str, str] = field(default_factory=dict)
    bound_to_tenant_id: bool = False

    def holds(self, *, credentials: bool) -> bool:
        """Whether an archive with or without credentials holds the rows."""
        asked_for = credentials and self.rows is ExportedRows.WITH_CREDENTIALS
        return asked_for or self.rows is ExportedRows.ALL


EXPORTED = ArchivePolicy()
NEVER_EXPORTED = ArchivePolicy(ExportedRows.NONE)
