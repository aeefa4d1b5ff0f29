"""What PostgreSQL's catalog says about the platform's schemas, in one read.

The number of queries does not depend on the number of schemas: each asks about all
of them at once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Read = Callable[[str, "Asked"], Iterable["Row"]]

Table = tuple[str, str]
"""A schema and the name of a relation in it."""

Row = dict[str, Any]
Asked = dict[str, list[str]]

PUBLIC = "PUBLIC"
"""The grantee that stands for every role."""

# Grants of an owner to itself are what ownership means; a grant of a superuser's
# object (an extension's) to its owner likewise.
_GRANTS = f"""
    SELECT n.nspname AS schema, c.relname AS relation, a.privilege_type AS privilege,
           CASE a.grantee WHEN 0 THEN '{PUBLIC}' ELSE pg_get_userbyid(a.grantee) END AS grantee,
           a.is_column
    FROM (
        SELECT c.oid, (aclexplode(c.relacl)).*, false AS is_column FROM pg_class c
        UNION ALL
        SELECT t.attrelid, (aclexplode(t.attacl)).*, true FROM pg_attribute t
        WHERE NOT t.attisdropped
    ) a
    JOIN pg_class c ON c.oid = a.oid AND a.grantee <> c.relowner
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%(schemas)s)
"""  # noqa: S608  # a constant
# What an extension grants on its own schema when it is installed, it needs.
_SCHEMAS = f"""
    SELECT n.nspname AS schema, pg_get_userbyid(n.nspowner) AS owner,
           (SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid
              AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e') AS extension,
           array_remove(array_agg(
               CASE a.grantee WHEN n.nspowner THEN NULL WHEN 0 THEN '{PUBLIC}'
               ELSE pg_get_userbyid(a.grantee) END || ' ' || a.privilege_type), NULL) AS grants
    FROM pg_namespace n LEFT JOIN LATERAL (
        SELECT * FROM aclexplode(n.nspacl) EXCEPT
        SELECT i.* FROM pg_init_privs p, aclexplode(p.initprivs) i
        WHERE p.classoid = 'pg_namespace'::regclass AND p.objoid = n.oid AND p.privtype = 'e'
    ) a ON true
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    GROUP BY n.oid
"""  # noqa: S608  # a constant
_RELATIONS = """
    SELECT n.nspname AS schema, c.relname AS relation, c.relkind AS kind,
           pg_get_userbyid(c.relowner) AS owner, c.relrowsecurity AS enabled,
           c.relforcerowsecurity AS forced, coalesce(c.reloptions, '{}') AS options,
           EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                   AND d.objid = c.oid AND d.deptype = 'e') AS of_extension,
           t.attnotnull AS tenant_not_null, format_type(t.atttypid, t.atttypmod) AS tenant_type,
           pg_get_expr(d.adbin, d.adrelid) AS tenant_default
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute t
        ON t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = t.attnum
    WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
"""
_POLICIES = f"""
    SELECT n.nspname AS schema, c.relname AS relation, p.polname AS name, p.polcmd AS command,
           p.polpermissive AS permissive,
           ARRAY(SELECT CASE role WHEN 0 THEN '{PUBLIC}' ELSE pg_get_userbyid(role) END
                 FROM unnest(p.polroles) role) AS roles,
           pg_get_expr(p.polqual, p.polrelid) AS using,
           pg_get_expr(p.polwithcheck, p.polrelid) AS with_check
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%(schemas)s)
"""  # noqa: S608  # a constant
_CONSTRAINTS = """
    SELECT n.nspname AS schema, c.relname AS relation, o.conname AS name, o.contype AS kind,
           fn.nspname AS target_schema, f.relname AS target, o.condeferred AS deferred,
           o.convalidated AS validated, concat(o.confdeltype, o.confupdtype) AS actions,
           ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k(num, place)
                 JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num
                 ORDER BY k.place) AS columns,
           ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY k(num, place)
                 JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.num
                 ORDER BY k.place) AS target_columns
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class f ON f.oid = o.confrelid
    LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
    WHERE n.nspname = ANY(%(schemas)s) AND o.contype IN ('f', 'u', 'x')
"""
_INDEXES = """
    SELECT n.nspname AS schema, c.relname AS relation, x.relname AS name,
           i.indisunique OR i.indisexclusion AS is_unique, i.indisprimary AS is_primary,
           i.indisvalid AS valid,
           ARRAY(SELECT coalesce(a.attname::text, '(expression)')
                 FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(num, place)
                 LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
                 WHERE k.place <= i.indnkeyatts ORDER BY k.place) AS columns
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%(schemas)s)
"""
# Things that run with other rights than the caller's, or behind the caller's back.
_PROGRAMS = """
    SELECT n.nspname AS schema, p.oid::regprocedure::text AS name, 'definer' AS kind,
           true AS is_always_on
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prosecdef AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT n.nspname, c.relname || '.' || t.tgname, 'trigger', t.tgenabled = 'A'
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND n.nspname = ANY(%(schemas)s)
    UNION ALL
    SELECT n.nspname, c.relname || '.' || r.rulename, 'rule', true
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE r.ev_type <> '1' AND n.nspname = ANY(%(schemas)s)
"""
_ROLES = """
    SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolbypassrls AS bypassrls,
           r.rolcreatedb AS createdb, r.rolcreaterole AS createrole,
           r.rolreplication AS replication, r.rolinherit AS inherit,
           ARRAY(SELECT pg_get_userbyid(m.roleid)::text FROM pg_auth_members m
                 WHERE m.member = r.oid) AS member_of,
           ARRAY(SELECT p FROM unnest(ARRAY['CREATE', 'TEMPORARY']) p
                 WHERE has_database_privilege(r.oid, current_database(), p)) AS on_database,
           ARRAY(SELECT p FROM unnest(%(leaky_views)s::text[]) p
                 WHERE has_table_privilege(r.oid, to_regclass(p)::oid, 'SELECT')) AS leaky_views,
           ARRAY(SELECT p.oid::regprocedure::text FROM pg_proc p
                 WHERE p.proname ~ ANY(%(functions)s::text[])
                 AND has_function_privilege(r.oid, p.oid, 'EXECUTE')) AS functions,
           ARRAY(SELECT d.datname::text FROM pg_database d
                 WHERE d.datname = ANY(%(databases)s::text[]) AND d.datname <> current_database()
                 AND has_database_privilege(r.oid, d.oid, 'CONNECT')) AS databases,
           ARRAY(SELECT s.setdatabase::text || ' ' || entry
                 FROM pg_db_role_setting s, unnest(s.setconfig) entry
                 WHERE s.setrole = r.oid AND s.setdatabase IN (0, (
                     SELECT oid FROM pg_database WHERE datname = current_database())))
               AS settings,
           ARRAY(SELECT DISTINCT pg_get_userbyid(a.grantor)::text
                 FROM pg_default_acl d, aclexplode(d.defaclacl) a
                 WHERE a.grantee IN (0, r.oid) AND d.defaclrole <> a.grantee) AS defaults
    FROM pg_roles r WHERE r.rolname = ANY(%(roles)s)
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view or sequence, and all that hangs on it.

    ``facts`` holds the row of the catalog query above; the rest are the rows of the
    others that speak of this relation.
    """

    facts: dict[str, Any]
    policies: list[dict[str, Any]]
    constraints: list[dict[str, Any]]
    indexes: list[dict[str, Any]]
    grants: dict[str, set[str]]
    column_grants: list[dict[str, Any]]

    @property
    def kind(self) -> str:
        """``pg_class.relkind``: r, p, v, m, f or S."""
        return str(self.facts["kind"])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The catalog as one transaction saw it."""

    schemas: dict[str, dict[str, Any]]
    relations: dict[Table, Relation]
    programs: list[dict[str, Any]]
    roles: dict[str, dict[str, Any]]

    def tables(self, schema: str) -> dict[str, Relation]:
        """The relations of one schema, by name."""
        return {name: found for (where, name), found in self.relations.items() if where == schema}


def take(
    schemas: Iterable[str],
    *,
    roles: Iterable[str],
    leaky_views: Iterable[str],
    functions: str = "^$",
    databases: Iterable[str] = (),
    read: Read | None = None,
) -> Snapshot:
    """Read the catalog; connect as the owner.

    Args:
        schemas: whose relations to read.
        roles: whose attributes to read.
        leaky_views: catalog views of which to say whether each role may read them.
        functions: a regular expression; which of these functions each role may call.
        databases: others of which to say whether each role may connect.
        read: runs a query elsewhere than on this connection, and returns its rows by name.
    """
    read = read or _here
    asked: Asked = {
        "schemas": list(schemas),
        "roles": list(roles),
        "leaky_views": list(leaky_views),
        "functions": [functions],
        "databases": list(databases),
    }
    return Snapshot(
        schemas={row["schema"]: row for row in read(_SCHEMAS, asked)},
        relations=_relations(read, asked),
        programs=list(read(_PROGRAMS, asked)),
        roles={row["name"]: row for row in read(_ROLES, asked)},
    )


def _relations(read: Read, asked: Asked) -> dict[Table, Relation]:
    policies, constraints, indexes, grants = (
        _by_table(read(query, asked)) for query in (_POLICIES, _CONSTRAINTS, _INDEXES, _GRANTS)
    )
    found = {}
    for row in read(_RELATIONS, asked):
        table = (row["schema"], row["relation"])
        found[table] = Relation(
            facts=row,
            policies=policies[table],
            constraints=constraints[table],
            indexes=indexes[table],
            grants=_by_grantee(grants[table]),
            column_grants=[grant for grant in grants[table] if grant["is_column"]],
        )
    return found


def _by_grantee(grants: list[dict[str, Any]]) -> dict[str, set[str]]:
    held: dict[str, set[str]] = defaultdict(set)
    for grant in grants:
        if not grant["is_column"]:
            held[grant["grantee"]].add(grant["privilege"])
    return dict(held)


def _by_table(rows: Iterable[Row]) -> dict[Table, list[Row]]:
    grouped: dict[Table, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["schema"], row["relation"]].append(row)
    return grouped


def _here(query: str, asked: Asked) -> Iterator[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        names = [column.name for column in cursor.description or ()]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))
