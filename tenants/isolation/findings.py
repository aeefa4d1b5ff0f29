"""What the catalog check reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One way in which the database is not as it should be.

    Attributes:
        schema: where; empty for what belongs to the database or the server.
        table: the relation, routine or role; empty for the schema itself.
        rule: which rule is broken, as a stable name.
        detail: what was found.
        fix: what to run, as the owner unless it says otherwise.
    """

    schema: str
    table: str
    rule: str
    detail: str
    fix: str

    def __str__(self) -> str:
        """One line for a person."""
        where = ".".join(part for part in (self.schema, self.table) if part) or "database"
        return f"{where}: {self.rule}: {self.detail} Fix: {self.fix}"
