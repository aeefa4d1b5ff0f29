"""Every SQL text in the source is of a kind that runs where placements lie on other nodes.

Found by running the product on Citus: a bare ``SET`` in a message of several statements is sent
on to the nodes with the whole message, which they refuse to run; and the rows of a query that
are inserted reach their node by COPY, which row-level security refuses. Both fail only when
placements are distributed, so that no other test would notice.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models.sql import InsertQuery

from tenants.database import entrance
from tenants.database.session import NOBODY, SessionContext
from tenants.ownership import is_tenant_owned
from tests.tenants.statements import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

ROOT = Path(settings.BASE_DIR)
# SQL that never meets a distributed placement, by the file that it stands in, and why.
EXEMPT = {
    "tenants/moves/copying.py": "a move is refused where a placement is distributed",
    "tenants/provisioning/template.py": "the template stays on the coordinator",
}


def texts(source: str) -> Iterator[tuple[int, str]]:
    """The strings of a module with their lines, parts that are computed as ``?``."""
    parts: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(value) for value in node.values}
            yield node.lineno, "".join(map(_text, node.values))
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
        ):
            yield node.lineno, node.value


def _text(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "?"


@cache
def sources() -> tuple[Path, ...]:
    """The modules of every app of ours but its migrations, which run as the owner.

    Row-level security does not bind the owner, and ``migrate_schemas`` sends statements singly.
    """
    folders = {Path(app.path) for app in apps.get_app_configs()}
    ours = {folder.relative_to(ROOT).parts[0] for folder in folders if _is_ours(folder)}
    return tuple(
        file
        for name in sorted(ours)
        for file in sorted((ROOT / name).rglob("*.py"))
        if "migrations" not in file.parts
    )


def _is_ours(folder: Path) -> bool:
    return folder.is_relative_to(ROOT) and "site-packages" not in folder.parts


def test_every_app_is_read() -> None:
    read = {file.relative_to(ROOT).parts[0] for file in sources()}
    assert read >= {"tenants", "rbac", "blueprints"}
    assert all((ROOT / file) in sources() for file in EXEMPT)


def test_no_text_is_of_a_kind_that_distributed_placements_refuse() -> None:
    found = [
        f"{name}:{line}: {refusal(text)}"
        for file in sources()
        if (name := str(file.relative_to(ROOT))) not in EXEMPT
        for line, text in texts(file.read_text(encoding="utf-8"))
        if refusal(text)
    ]
    assert found == []


@pytest.mark.parametrize("file", EXEMPT)
def test_what_is_exempt_needs_to_be(file: str) -> None:
    assert any(refusal(text) for _, text in texts((ROOT / file).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ('X = "INSERT INTO audit_links SELECT unnest(%(a)s)"', "inserts the rows of a query"),
        ('X = f"INSERT INTO {table} (id) SELECT id FROM {other}"', "inserts the rows of a query"),
        ('X = "SELECT 1; SET LOCAL lock_timeout = 1; SELECT 2"', "has SET beside"),
        ('X = f"SET search_path TO {schema}; SELECT 1"', "has SET beside"),
        ("X = \"BEGIN; SET LOCAL app.current_tenant = 'x'\"", "has SET beside"),
    ],
)
def test_each_kind_would_be_found(source: str, why: str) -> None:
    assert [refusal(text)[: len(why)] for _, text in texts(source)] == [why]


@pytest.mark.parametrize(
    "source",
    [
        'X = "INSERT INTO a (id) VALUES (1) ON CONFLICT DO NOTHING RETURNING (SELECT 1)"',
        "X = \"SELECT set_config('lock_timeout', %s, true); SELECT 2\"",
        'X = "SET LOCAL lock_timeout = 1"',
        'X = "SET CONSTRAINTS ALL IMMEDIATE; SELECT 1"',
        'X = "UPDATE a SET b = 1; SELECT 1"',
        'X = "DO $$ BEGIN SET LOCAL a = 1; SET LOCAL b = 2; END $$"',
    ],
)
def test_what_runs_is_not(source: str) -> None:
    assert [refusal(text) for _, text in texts(source)] == [""]


@pytest.mark.parametrize(
    "context", [NOBODY, SessionContext(("public",), "0" * 8 + "-0000-4000-8000-" + "0" * 12)]
)
def test_what_precedes_a_transactions_first_statement_is_too(context: SessionContext) -> None:
    assert refusal(f"BEGIN; {context.sql()}; SELECT 1") == ""
    assert refusal(f"{entrance.CREATE_FUNCTION}; SELECT 1") == ""


def _owned() -> list[type[Model]]:
    models = apps.get_models(include_auto_created=True)
    return [one for one in models if is_tenant_owned(one._meta.app_label) and one._meta.managed]


@pytest.mark.parametrize("model", _owned(), ids=lambda model: model._meta.label)
@pytest.mark.django_db
def test_django_inserts_several_rows_by_their_values(model: type[Model]) -> None:
    fields = list(model._meta.concrete_fields)
    query = InsertQuery(model)
    query.insert_values(fields, [model(), model()])
    [(sql, _)] = query.get_compiler(connection=connection).as_sql()
    assert " VALUES (" in sql
    assert refusal(sql) == ""
