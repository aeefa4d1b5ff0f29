"""What the text of a statement tells of the tables that it reads and changes."""

from __future__ import annotations

import pytest

from iac_platform.cache.tables import TableReads
from tenants.database.observing import observe_read
from tenants.database.statements import (
    ANYTHING,
    Write,
    common_tables,
    is_plain_query,
    tables_read,
    writes_of,
)

READS: dict[str, set[str] | None] = {
    'SELECT "a"."id" FROM "a" INNER JOIN "b" ON ("a"."b" = "b"."id")': {"a", "b"},
    'SELECT 1 FROM "a" WHERE EXISTS(SELECT 1 AS "x" FROM "c" U0 WHERE U0."id" = 1)': {"a", "c"},
    'SELECT * FROM (SELECT 1 FROM "a") x': {"a"},
    "SELECT 1 FROM a b LEFT OUTER JOIN c ON true": {"a", "c"},
    "SELECT 1 FROM ONLY a": {"a"},
    "SELECT 1 FROM public.a": {"a"},
    'SELECT 1 FROM "public"."a"': {"a"},
    "select 1 from a": {"a"},
    "SELECT 1": set(),
    "SAVEPOINT s": set(),
    'DECLARE "c" NO SCROLL CURSOR FOR SELECT 1 FROM "a"': None,
    'FETCH FORWARD 10 FROM "c"': None,
    'INSERT INTO "a" SELECT 1 FROM "b"': set(),
    "WITH m AS (SELECT 1 FROM a) SELECT 1 FROM m": {"a", "m"},
    "SELECT 1 FROM a, b": None,
    'SELECT 1 FROM "a" "x", "b"': None,
    "SELECT 1 FROM a; SELECT 1 FROM b": None,
    "SELECT 1 FROM other.a": None,
    'SELECT 1 FROM "other"."a"': None,
    "SELECT 1 FROM unnest(%s)": None,
    "SELECT 1 FROM public.unknown(%s)": None,
    'SELECT ("tenants")."id" FROM public.tenant_with_id(%s)': {
        *("tenants", "service_plans", "placements"),
    },
    'SELECT EXTRACT(YEAR FROM "a"."at") FROM "a"': None,
}


@pytest.mark.parametrize("text", READS)
def test_the_tables_that_are_read(text: str) -> None:
    assert tables_read(text) == READS[text]


WRITES: dict[str, tuple[Write, ...]] = {
    'INSERT INTO "a" ("id") VALUES (%s)': (Write("a", only_adds=True),),
    "INSERT INTO a AS x (id) VALUES (1) ON CONFLICT (id) DO NOTHING": (Write("a", only_adds=True),),
    "INSERT INTO a (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET x = 1": (Write("a"),),
    'UPDATE "a" SET "x" = %s, "y" = ("a"."y" + 1) WHERE "a"."id" = 1': (
        Write("a", columns=frozenset({"x", "y"})),
    ),
    'UPDATE "a" SET "x" = (SELECT 1 FROM "b" WHERE 1 = 1), "y" = 2 WHERE 1 = 1': (Write("a"),),
    "UPDATE public.a SET x = 1": (Write("a", columns=frozenset({"x"})),),
    'UPDATE "a" SET "x" = 1, y = now()': (Write("a", columns=frozenset({"x", "y"})),),
    'UPDATE "a" SET "x" = 1, ("y", "z") = (1, 2)': (Write("a"),),
    'DELETE FROM "a" WHERE "a"."id" IN (%s)': (Write("a"),),
    "SET CONSTRAINTS ALL IMMEDIATE; SELECT 'a; b' FROM c": (),
    "INSERT INTO a VALUES (1); UPDATE b SET x = '; DELETE'": (
        Write("a", only_adds=True),
        Write("b", columns=frozenset({"x"})),
    ),
    "SELECT f();": (),
    "WITH x AS (DELETE FROM a RETURNING 1) SELECT 1 FROM x": (ANYTHING,),
    "TRUNCATE a": (ANYTHING,),
    "DO $$ BEGIN DELETE FROM a; END $$": (ANYTHING,),
    "UPDATE other.a SET x = 1": (ANYTHING,),
    r"UPDATE a SET x = E'\'; DELETE FROM b --'": (ANYTHING,),
    "MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE": (ANYTHING,),
    "/* note */ UPDATE a SET x = 1": (ANYTHING,),
}


@pytest.mark.parametrize("text", WRITES)
def test_the_tables_that_are_changed(text: str) -> None:
    assert writes_of(text) == WRITES[text]


def test_a_query_with_parts() -> None:
    text = "WITH RECURSIVE a AS (SELECT 1), b (id) AS (SELECT 2 FROM a) SELECT 1 FROM b"
    assert is_plain_query(text)
    assert common_tables(text) == {"a", "b"}
    assert not is_plain_query("WITH a AS (DELETE FROM b RETURNING 1) SELECT 1 FROM a")
    assert not is_plain_query("SELECT 1")
    assert common_tables("SELECT 1 AS (") == frozenset()


@pytest.mark.parametrize(
    ("table", "tenant_id", "is_certain"),
    [
        ("projects", "a-tenant", True),
        ("projects", "", False),
        ("tenants", "", True),
        ("pg_class", "a-tenant", False),
        ("audit_entries", "a-tenant", False),  # its changes are told to nobody
        ("audit_anchors", "", False),
    ],
)
def test_what_is_read_of_nobody_in_particular_is_not_certain(
    table: str, tenant_id: str, is_certain: bool
) -> None:
    reads = TableReads()
    observe_read(reads, f'SELECT 1 FROM "{table}"', tenant_id)  # noqa: S608  # our own names
    assert reads.is_certain is is_certain
