"""Each unsafe operation is found, and each safe way to the same end is not."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Q
from django.db.models.functions import Now

from tenants.fleet.operations import AddIndexOnline
from tenants.fleet.safety import unsafe
from tenants.fleet.safety_rules import RULES
from tenants.management.commands.check_migrations import find_unsafe


def state() -> ProjectState:
    found = ProjectState()
    fields: list[tuple[str, models.Field[Any, Any]]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=50)),
        ("size", models.IntegerField(null=True)),
    ]
    found.add_model(ModelState("shop", "Thing", fields))
    return found


def migration(*operations: Operation, atomic: bool = True, **attributes: Any) -> Any:
    made = migrations.Migration("0002_change", "shop")
    vars(made).update(attributes, operations=list(operations), atomic=atomic)
    return made


def add(field: models.Field[Any, Any], name: str = "new") -> Operation:
    return migrations.AddField("thing", name, field)


def alter(name: str, field: models.Field[Any, Any]) -> Operation:
    return migrations.AlterField("thing", name, field)


def nothing(*_: Any) -> None:
    """A data migration."""


class Strange(Operation):
    """A kind that no rule knows."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing."""


INDEX = models.Index(fields=["size"], name="size_idx")
CHECK: Any = models.CheckConstraint(condition=Q(size__gt=0), name="positive")

UNSAFE: dict[str, tuple[str, list[Operation]]] = {
    "remove field": ("remove-field", [migrations.RemoveField("thing", "size")]),
    "delete model": ("delete-model", [migrations.DeleteModel("Thing")]),
    "rename field": ("rename", [migrations.RenameField("thing", "size", "width")]),
    "rename model": ("rename", [migrations.RenameModel("Thing", "Item")]),
    "not null": ("add-field-not-null", [add(models.IntegerField(default=1))]),
    "computed": ("add-field-rewrite", [add(models.DateTimeField(db_default=Now()))]),
    "unique": ("add-unique-field", [add(models.IntegerField(null=True, unique=True))]),
    "indexed": ("alter-field-index", [add(models.IntegerField(null=True, db_index=True))]),
    "foreign key": (
        "add-foreign-key",
        [add(models.ForeignKey("shop.Thing", models.CASCADE, null=True, db_index=False))],
    ),
    "set not null": ("alter-field-not-null", [alter("size", models.IntegerField())]),
    "shorter": ("alter-field-type", [alter("name", models.CharField(max_length=9))]),
    "other type": ("alter-field-type", [alter("size", models.BigIntegerField(null=True))]),
    "index later": ("alter-field-index", [alter("name", models.SlugField(max_length=50))]),
    "index": ("add-index", [migrations.AddIndex("thing", INDEX)]),
    "constraint": ("add-constraint", [migrations.AddConstraint("thing", CHECK)]),
    "unique together": (
        "add-constraint",
        [migrations.AlterUniqueTogether("thing", {("name", "size")})],
    ),
    "python with ddl": (
        "data-with-ddl",
        [add(models.IntegerField(null=True)), migrations.RunPython(nothing)],
    ),
    "sql": ("run-sql", [migrations.RunSQL("UPDATE shop_thing SET size = 1")]),
    "validate with ddl": (
        "validate-with-ddl",
        [AddConstraintNotValid("thing", CHECK), ValidateConstraint("thing", "positive")],
    ),
    "inside a split": (
        "remove-field",
        [migrations.SeparateDatabaseAndState([migrations.RemoveField("thing", "size")])],
    ),
    "unknown": ("unknown-operation", [Strange()]),
}

SAFE: dict[str, list[Operation]] = {
    "nullable": [add(models.IntegerField(null=True))],
    "db_default": [add(models.IntegerField(db_default=1))],
    "longer": [alter("name", models.CharField(max_length=60))],
    "text": [alter("name", models.TextField())],
    "help": [alter("size", models.IntegerField(null=True, help_text="In metres."))],
    "null again": [alter("name", models.CharField(max_length=50, null=True))],
    "not valid": [AddConstraintNotValid("thing", CHECK)],
    "python alone": [migrations.RunPython(nothing)],
    "state only": [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("thing", "size")]
        )
    ],
    "a table of its own": [
        migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("other", "size", models.IntegerField(default=1)),
        migrations.AddIndex("other", models.Index(fields=["size"], name="other_idx")),
    ],
}


def codes(*operations: Operation, atomic: bool = True) -> set[str]:
    return {finding.code for finding in unsafe([migration(*operations, atomic=atomic)], state())}


@pytest.mark.parametrize("case", UNSAFE)
def test_the_unsafe_is_found(case: str) -> None:
    code, operations = UNSAFE[case]
    assert code in codes(*operations)


@pytest.mark.parametrize("case", SAFE)
def test_the_safe_is_left_alone(case: str) -> None:
    assert codes(*SAFE[case]) == set()


def test_an_online_index_alone_in_its_migration_is_safe() -> None:
    online, stock = AddIndexOnline("thing", INDEX), AddIndexConcurrently("thing", INDEX)
    assert codes(online, atomic=False) == set()
    assert codes(stock, atomic=False) == {"index-not-repeatable"}
    both = codes(online, add(models.IntegerField(null=True)), atomic=False)
    assert both == {"not-atomic-with-others"}


def test_a_reason_acknowledges_one_rule_and_no_other() -> None:
    operations = [migrations.RemoveField("thing", "size"), migrations.AddIndex("thing", INDEX)]
    reasoned = migration(*reversed(operations), acknowledged={"remove-field": "Nobody reads it."})
    assert {finding.code for finding in unsafe([reasoned], state())} == {"add-index"}
    empty = migration(operations[0], acknowledged={"remove-field": ""})
    assert {finding.code for finding in unsafe([empty], state())} == {"remove-field"}
    assert unsafe([migration(operations[0])], state(), ["shop.0002_change"]) == []


def test_every_rule_has_a_case() -> None:
    covered = {code for code, _ in UNSAFE.values()}
    elsewhere = {"not-atomic-with-others", "index-not-repeatable", "remove-constraint"}
    assert covered | elsewhere == set(RULES)


def test_our_own_migrations_can_run_next_to_the_old_release() -> None:
    assert find_unsafe() == []
