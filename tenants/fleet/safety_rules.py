"""What makes an operation of a migration unsafe, and how to do without it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What an unsafe operation does, and how to do without."""

    harm: str
    instead: str


RULES: dict[str, Rule] = {
    "remove-field": Rule(
        "The running release still reads and writes the column.",
        "Stop using the field in one release, remove it in the next, and say so.",
    ),
    "delete-model": Rule(
        "The running release still uses the table.",
        "Stop using the model in one release, delete it in the next, and say so.",
    ),
    "rename": Rule(
        "The running release knows the old name only.",
        "Add the new one, write both, copy, read the new one, then remove the old one.",
    ),
    "add-field-not-null": Rule(
        "Django drops the default again, so the running release's inserts fail.",
        "Give the field a db_default, or null=True.",
    ),
    "add-field-rewrite": Rule(
        "PostgreSQL computes the value of every row under an exclusive lock.",
        "Add the column nullable, fill it in batches, then add the default.",
    ),
    "add-unique-field": Rule(
        "The index is built under a lock that stops all writers.",
        "Add the field plain, then a unique index online (AddIndexOnline).",
    ),
    "add-foreign-key": Rule(
        "The key is checked under a lock on both tables.",
        "db_constraint=False, then AddConstraintNotValid and ValidateConstraint by RunSQL.",
    ),
    "alter-field-not-null": Rule(
        "The whole table is read under an exclusive lock, and old inserts may leave it empty.",
        "Add a CHECK (… IS NOT NULL) with AddConstraintNotValid, validate it, then alter.",
    ),
    "alter-field-type": Rule(
        "The table may be rewritten under an exclusive lock.",
        "Add a new column, write both, copy in batches, switch, remove the old one.",
    ),
    "alter-field-index": Rule(
        "The index is built under a lock that stops all writers.",
        "Declare the index in Meta.indexes and add it with AddIndexOnline.",
    ),
    "add-index": Rule(
        "The index is built under a lock that stops all writers.",
        "Use AddIndexOnline in a migration with atomic = False.",
    ),
    "add-constraint": Rule(
        "All rows are checked under a lock that stops all writers.",
        "AddConstraintNotValid, then ValidateConstraint in a migration of its own.",
    ),
    "remove-constraint": Rule(
        "The running release may rely on it.",
        "Remove it once no running release does, and say so.",
    ),
    "validate-with-ddl": Rule(
        "The locks of the DDL beside it are held while all rows are read.",
        "Put ValidateConstraint into a migration of its own.",
    ),
    "data-with-ddl": Rule(
        "The locks of the DDL beside it are held while it runs, and nobody knows how long.",
        "Put RunPython and RunSQL into migrations of their own.",
    ),
    "run-sql": Rule(
        "Nobody but you knows what it locks.",
        "Say which locks it takes and for how long.",
    ),
    "not-atomic-with-others": Rule(
        "A kill in the middle leaves half of it, and the next run begins it anew.",
        "One operation in a migration that is not atomic, and one that can be repeated.",
    ),
    "index-not-repeatable": Rule(
        "A kill between the index and its record makes the next run fail.",
        "Use AddIndexOnline or RemoveIndexOnline.",
    ),
    "unknown-operation": Rule(
        "Nobody has judged this kind of operation.",
        "Say which locks it takes and why the running release can live with it.",
    ),
}
