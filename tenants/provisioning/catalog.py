"""What a schema consists of, read from PostgreSQL's catalog as SQL that makes it again.

PostgreSQL prints each definition itself (``pg_get_constraintdef`` and its kin,
https://www.postgresql.org/docs/current/functions-info.html). The search path is the
schema's own while it does, so no definition names the schema and each can be run in another.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Kinds of objects that this module does not know how to print. Their presence is an error
# rather than a gap in every new placement.
_UNKNOWN = """
    SELECT 'relation ' || relname FROM pg_class
     WHERE relnamespace = %(schema)s::regnamespace AND relkind NOT IN ('r', 'i', 'S', 't')
    UNION ALL
    SELECT 'routine ' || proname FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT 'type ' || typname FROM pg_type t WHERE typnamespace = %(schema)s::regnamespace
       AND typtype NOT IN ('c', 'b') AND NOT EXISTS (
           SELECT FROM pg_class c WHERE c.reltype = t.oid AND c.relkind = 'r')
    UNION ALL
    SELECT 'composite type ' || relname FROM pg_class
     WHERE relnamespace = %(schema)s::regnamespace AND relkind = 'c'
    UNION ALL
    SELECT 'trigger ' || tgname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
     WHERE c.relnamespace = %(schema)s::regnamespace AND NOT g.tgisinternal
    UNION ALL
    SELECT 'rule ' || rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
     WHERE c.relnamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT 'statistics ' || stxname FROM pg_statistic_ext
     WHERE stxnamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT 'inheritance of ' || relname FROM pg_class c JOIN pg_inherits h ON h.inhrelid = c.oid
     WHERE c.relnamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT 'column grant on ' || relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = %(schema)s::regnamespace AND a.attacl IS NOT NULL
    UNION ALL
    SELECT 'sequence of its own ' || relname FROM pg_class c
     WHERE c.relnamespace = %(schema)s::regnamespace AND relkind = 'S' AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
           AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i')
"""

_COLUMNS = """
    SELECT format('%%I', c.relname),
           coalesce('WITH (' || array_to_string(c.reloptions, ', ') || ')', ''),
           string_agg(
               format('%%I %%s', a.attname, format_type(a.atttypid, a.atttypmod))
               || CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
                  THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
               || CASE WHEN a.attgenerated = 's'
                  THEN format(' GENERATED ALWAYS AS (%%s) STORED', pg_get_expr(d.adbin, d.adrelid))
                  WHEN d.adbin IS NOT NULL
                  THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END
               || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
               || CASE WHEN a.attidentity = '' THEN '' ELSE format(
                    ' GENERATED %%s AS IDENTITY (SEQUENCE NAME %%I START %%s INCREMENT %%s '
                    'MINVALUE %%s MAXVALUE %%s CACHE %%s%%s)',
                    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
                    s.relname, q.seqstart, q.seqincrement, q.seqmin, q.seqmax,
                    q.seqcache, CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END) END,
               ', ' ORDER BY a.attnum)
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    LEFT JOIN (pg_depend p JOIN pg_class s ON s.oid = p.objid AND s.relkind = 'S'
               JOIN pg_sequence q ON q.seqrelid = s.oid)
        ON p.refobjid = c.oid AND p.refobjsubid = a.attnum AND p.deptype = 'i'
           AND p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass
    WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r'
    GROUP BY c.oid, c.relname, c.reloptions ORDER BY c.relname
"""

# The third column is the table of the same schema that a foreign key refers to.
_CONSTRAINTS = """
    SELECT format('%%I', c.relname),
           format('CONSTRAINT %%I %%s', o.conname, pg_get_constraintdef(o.oid, true)),
           CASE WHEN f.relnamespace = c.relnamespace THEN format('%%I', f.relname) END
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
    LEFT JOIN pg_class f ON f.oid = o.confrelid
    WHERE c.relnamespace = %(schema)s::regnamespace AND o.contype IN ('p', 'u', 'c', 'x', 'f')
    ORDER BY c.relname, o.contype, o.conname
"""

_INDEXES = """
    SELECT pg_get_indexdef(i.indexrelid, 0, true)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = %(schema)s::regnamespace AND NOT EXISTS (
        SELECT FROM pg_constraint o
        WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x'))
    ORDER BY 1
"""

_SECURITY = """
    SELECT format('%%I', relname), relrowsecurity, relforcerowsecurity
    FROM pg_class WHERE relnamespace = %(schema)s::regnamespace AND relkind = 'r'
      AND (relrowsecurity OR relforcerowsecurity) ORDER BY relname
"""

_POLICIES = """
    SELECT format('CREATE POLICY %%I ON %%I AS %%s FOR %%s TO %%s', p.polname, c.relname,
               CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
               CASE p.polcmd WHEN '*' THEN 'ALL' WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'
                             WHEN 'w' THEN 'UPDATE' ELSE 'DELETE' END,
               (SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE role::regrole::text END, ', ')
                FROM unnest(p.polroles) role))
           || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
           || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    WHERE c.relnamespace = %(schema)s::regnamespace ORDER BY c.relname, p.polname
"""

_GRANTS = """
    SELECT format('GRANT %%s ON %%s %%I TO %%s', string_agg(a.privilege_type, ', '
                      ORDER BY a.privilege_type),
                  CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname,
                  CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
           || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.relnamespace = %(schema)s::regnamespace AND a.grantee <> c.relowner
    GROUP BY c.relkind, c.relname, a.grantee, a.is_grantable ORDER BY c.relname, a.grantee
"""

_COMMENTS = """
    SELECT CASE WHEN d.objsubid = 0 THEN format('COMMENT ON TABLE %%I', c.relname)
                ELSE format('COMMENT ON COLUMN %%I.%%I', c.relname, a.attname) END
           || ' IS ' || quote_literal(d.description)
    FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND c.relkind = 'r'
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
    WHERE d.classoid = 'pg_class'::regclass AND c.relnamespace = %(schema)s::regnamespace
    ORDER BY 1
"""


class CannotCopy(RuntimeError):
    """The schema holds a kind of object that cannot be copied."""


def definitions(schema: str) -> list[str]:
    """The statements that make, in an empty schema on the search path, what ``schema`` holds.

    Rows are not part of it. Connect as the owner.

    Raises:
        CannotCopy: the schema holds views, routines, triggers or the like; it names them.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # Printed definitions leave out the names of schemas that are on the search path.
        cursor.execute("SELECT set_config('search_path', %s, true)", [f"{schema}, public"])
        try:
            return list(_definitions(schema))
        finally:
            cursor.execute("SELECT set_config('search_path', 'public', true)")


def _definitions(schema: str) -> Iterator[str]:
    if unknown := [name for (name,) in _rows(_UNKNOWN, schema)]:
        raise CannotCopy(f"{schema} holds what cannot be copied: {', '.join(sorted(unknown))}.")
    yield from _tables(schema)
    yield from (definition for (definition,) in _rows(_INDEXES, schema))
    for table, enabled, forced in _rows(_SECURITY, schema):
        verbs = {"ENABLE": enabled, "FORCE": forced}
        clauses = [f"{verb} ROW LEVEL SECURITY" for verb, wanted in verbs.items() if wanted]
        yield f"ALTER TABLE {table} {', '.join(clauses)}"
    for query in (_POLICIES, _GRANTS, _COMMENTS):
        yield from (definition for (definition,) in _rows(query, schema))


def _tables(schema: str) -> Iterator[str]:
    """The tables with their constraints, those that others refer to first.

    PostgreSQL knows that a table in the making has no rows, so a foreign key that is written
    with its table costs no look at them; one that is added later does.
    """
    columns = {table: (parts, options) for table, options, parts in _rows(_COLUMNS, schema)}
    constraints: dict[str, list[tuple[str, str | None]]] = {table: [] for table in columns}
    for table, definition, parent in _rows(_CONSTRAINTS, schema):
        constraints[table].append((definition, parent))
    made: set[str] = set()
    later: list[str] = []
    for table in _parents_first(constraints):
        made.add(table)
        parts, options = columns[table]
        inline = [text for text, parent in constraints[table] if parent in {None, *made}]
        later += [
            f"ALTER TABLE {table} ADD {text}"
            for text, parent in constraints[table]
            if parent not in {None, *made}
        ]
        yield f"CREATE TABLE {table} ({', '.join([parts, *inline])}) {options}".rstrip()
    yield from later


def _parents_first(constraints: Mapping[str, list[tuple[str, str | None]]]) -> list[str]:
    """Tables in the order of their keys; by name where they refer to each other in a circle."""
    parents = {
        table: {parent for _, parent in keys if parent not in (None, table)}
        for table, keys in constraints.items()
    }
    try:
        return list(TopologicalSorter(parents).static_order())
    except CycleError:
        return sorted(constraints)


def _rows(query: str, schema: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"schema": schema})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
