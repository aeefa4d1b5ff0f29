"""Which operations would break or block the release that runs while they are applied.

A release is rolled out next to the one before it: the old code works on the new tables, and
requests wait behind every lock that DDL takes
(https://www.postgresql.org/docs/current/explicit-locking.html). What is unsafe has to be
split up, or acknowledged with the reason why it is safe here: ``acknowledged`` on the
migration, or ``--acknowledge`` for those of other people's apps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    CreateExtension,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import models
from django.db.migrations import operations as ops

from tenants.fleet.operations import AddIndexOnline
from tenants.fleet.safety_rules import RULES
from tenants.isolation.operations import Isolate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

# Migrations of other people's apps that somebody here has read, by app: the last of them, and why
# they may run beside the release before. What a later release of the app brings is judged anew.
READ: Mapping[str, tuple[str, str]] = {
    "procrastinate": (
        "0041_post_retry_failed_job",
        "They make tables and functions of their own, which no release used before.",
    ),
}

ModelKey = tuple[str, str]
"""An app's label and a model's name in lower case."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One unsafe operation.

    Attributes:
        migration: as ``app.name``.
        code: the rule's, which acknowledges it.
        operation: what it does, in Django's words.
    """

    migration: str
    code: str
    operation: str

    def __str__(self) -> str:
        rule = RULES[self.code]
        return f"{self.migration}: {self.code}: {self.operation}. {rule.harm} {rule.instead}"


def unsafe(
    migrations: Iterable[Migration], state: ProjectState, acknowledged: Iterable[str] = ()
) -> list[Finding]:
    """What is unsafe in migrations that will be applied one after the other.

    Tables that they make themselves are used by nobody yet, so anything may be done to them.

    Args:
        migrations: in the order in which they run.
        state: the models before the first; it is not changed.
        acknowledged: migrations, as ``app.name``, of which nothing is reported.
    """
    accepted, made = set(acknowledged), set[ModelKey]()
    state = state.clone()
    findings = []
    for migration in migrations:
        found = [
            Finding(_name(migration), code, operation.describe())
            for operation, code in _judge(migration, state, made)
        ]
        reasons: Mapping[str, str] = getattr(migration, "acknowledged", {})
        if _name(migration) not in accepted and not _is_read(migration):
            findings += [finding for finding in found if not reasons.get(finding.code)]
    return findings


def _name(migration: Migration) -> str:
    return f"{migration.app_label}.{migration.name}"


def _is_read(migration: Migration) -> bool:
    last, _reason = READ.get(migration.app_label, ("", ""))
    return migration.name <= last


def _judge(
    migration: Migration, state: ProjectState, made: set[ModelKey]
) -> Iterator[tuple[Operation, str]]:
    """Each operation with the code of each rule that it breaks; moves ``state`` and ``made`` on."""
    flat = list(_flattened(migration.operations))
    touches_tables = any(_is_ddl(operation, migration.app_label, made) for operation in flat)
    for operation in migration.operations:
        before = state.clone()
        operation.state_forwards(migration.app_label, state)
        for part in _flattened([operation]):
            view = _View(migration, part, before, state, made)
            for code in view.codes(beside_ddl=touches_tables, alone=len(flat) == 1):
                yield part, code
            if isinstance(part, ops.CreateModel):
                made.add((migration.app_label, part.name_lower))


def _flattened(operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations that reach the database."""
    for operation in operations:
        if isinstance(operation, ops.SeparateDatabaseAndState):
            yield from _flattened(operation.database_operations)
        else:
            yield operation


_DATA = (ops.RunPython, ops.RunSQL)
_HARMLESS = (
    ops.CreateModel,
    ops.AlterModelOptions,
    ops.AlterModelManagers,
    ops.RemoveIndex,
    ops.RenameIndex,
    AddConstraintNotValid,
    CreateExtension,
    ops.AlterModelTableComment,
)


def _is_ddl(operation: Operation, app_label: str, made: set[ModelKey]) -> bool:
    """Whether it locks a table that is in use."""
    if isinstance(operation, (*_DATA, ops.CreateModel, Isolate, ValidateConstraint)):
        return False
    return _table(operation, app_label) not in made


def _table(operation: Any, app_label: str) -> ModelKey:
    for name in ("model_name", "name", "old_name"):
        found = getattr(operation, name, None)
        if isinstance(found, str):
            return app_label, found.lower()
    return app_label, ""


@dataclass(frozen=True, slots=True)
class _View:
    """One operation, with all that judging it takes."""

    migration: Migration
    operation: Any
    before: ProjectState
    after: ProjectState
    made: set[ModelKey]

    def codes(self, *, beside_ddl: bool, alone: bool) -> Iterator[str]:
        operation = self.operation
        if not self.migration.atomic and not alone:
            yield "not-atomic-with-others"
        if isinstance(operation, _DATA):
            if isinstance(operation, ops.RunSQL) and operation.sql:
                yield "run-sql"
            if beside_ddl and self.migration.atomic:
                yield "data-with-ddl"
            return
        if isinstance(operation, Isolate):
            return
        if _table(operation, self.migration.app_label) in self.made:
            return
        if isinstance(operation, ValidateConstraint):
            if beside_ddl:
                yield "validate-with-ddl"
            return
        yield from self._of_a_table_in_use()

    def _of_a_table_in_use(self) -> Iterator[str]:
        operation = self.operation
        for kind, judge in _JUDGES:
            if isinstance(operation, kind):
                yield from judge(self)
                return
        if not isinstance(operation, _HARMLESS):
            yield "unknown-operation"

    def field(self, state: ProjectState) -> Any:
        key = self.migration.app_label, self.operation.model_name_lower
        return state.models[key].fields[self.operation.name]


def _add_field(view: _View) -> Iterator[str]:
    field: Any = view.operation.field
    if field.many_to_many:
        return
    has_default = field.has_db_default()
    if not field.null and not has_default and not getattr(field, "generated", False):
        yield "add-field-not-null"
    if getattr(field, "generated", False) or _is_volatile(field):
        yield "add-field-rewrite"
    if field.unique:
        yield "add-unique-field"
    elif field.db_index and not (field.is_relation and not field.db_index):
        yield "alter-field-index"
    if field.is_relation and field.db_constraint:
        yield "add-foreign-key"


def _is_volatile(field: Any) -> bool:
    """A default that is computed for each row; of a constant PostgreSQL keeps one copy."""
    if not field.has_db_default():
        return False
    return hasattr(field.db_default, "resolve_expression") and not isinstance(
        field.db_default, models.Value
    )


def _alter_field(view: _View) -> Iterator[str]:
    old, new = view.field(view.before), view.field(view.after)
    if old.null and not new.null:
        yield "alter-field-not-null"
    if _type(old) != _type(new) and not _is_widened(old, new):
        yield "alter-field-type"
    if (new.db_index or new.unique) and not (old.db_index or old.unique):
        yield "alter-field-index"
    had, has = getattr(old, "db_constraint", False), getattr(new, "db_constraint", False)
    if has and not had:
        yield "add-foreign-key"
    if getattr(old, "db_column", None) != getattr(new, "db_column", None):
        yield "rename"


def _type(field: Any) -> tuple[Any, ...]:
    return (
        type(field).__name__ if not field.is_relation else "relation",
        field.max_length,
        getattr(field, "max_digits", None),
        getattr(field, "decimal_places", None),
        getattr(field, "db_collation", None),
    )


def _is_widened(old: Any, new: Any) -> bool:
    """PostgreSQL lengthens a varchar, or makes it text, without touching the rows."""
    if getattr(old, "db_collation", None) != getattr(new, "db_collation", None):
        return False
    if not isinstance(old, models.CharField):
        return False
    if isinstance(new, models.TextField):
        return True
    return isinstance(new, models.CharField) and (
        new.max_length is None or (old.max_length or 0) <= new.max_length
    )


def _together(view: _View) -> Iterator[str]:
    if view.operation.option_value:
        yield "add-constraint"


def _only(code: str) -> Callable[[_View], Iterator[str]]:
    return lambda _view: iter((code,))


def _nothing(_view: _View) -> Iterator[str]:
    return iter(())


# The first that fits judges; a subclass stands before its base.
_JUDGES: tuple[tuple[Any, Callable[[_View], Iterator[str]]], ...] = (
    (AddIndexOnline, _nothing),
    (AddIndexConcurrently, _only("index-not-repeatable")),
    (RemoveIndexConcurrently, _nothing),
    (AddConstraintNotValid, _nothing),
    (ops.AddIndex, _only("add-index")),
    (ops.AddConstraint, _only("add-constraint")),
    (ops.RemoveConstraint, _only("remove-constraint")),
    (ops.AlterConstraint, _nothing),
    (ops.AddField, _add_field),
    (ops.AlterField, _alter_field),
    (ops.RemoveField, _only("remove-field")),
    (ops.RenameField, _only("rename")),
    (ops.RenameModel, _only("rename")),
    (ops.AlterModelTable, _only("rename")),
    (ops.DeleteModel, _only("delete-model")),
    (ops.AlterUniqueTogether, _together),
    (ops.AlterIndexTogether, _together),
)
