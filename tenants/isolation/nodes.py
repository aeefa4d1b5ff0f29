"""What the nodes of a Citus cluster say about themselves.

A statement of a request is carried to the node that holds the placement, and it is that
node's tables (called shards there) whose policies decide. What the coordinator's catalog says
is only what they should be. Each node is asked the questions that the coordinator was, about
the shards that lie there, and about the empty tables in whose name its own clients would ask.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db import connection

from tenants.isolation import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenants.isolation.findings import Finding
    from tenants.isolation.snapshot import Asked, Relation, Row, Snapshot, Table

EXTENSION = "citus"
# Without it Citus lets nobody touch a shard.
_BY_HAND = "SET citus.enable_manual_changes_to_shards = on;"
# Schemas in one question: its answer is one text.
CHUNK = 100
_WHERE = """
    SELECT d.nodename || ':' || d.nodeport, n.nspname, c.relname, s.shardid
    FROM pg_dist_node d
    LEFT JOIN pg_dist_placement p ON p.groupid = d.groupid
    LEFT JOIN pg_dist_shard s ON s.shardid = p.shardid
    LEFT JOIN pg_class c ON c.oid = s.logicalrelid
    LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE d.noderole = 'primary' AND d.groupid <> 0
      AND (n.nspname IS NULL OR n.nspname = ANY(%s))
"""
_ASK = "SELECT nodename || ':' || nodeport, success, result FROM run_command_on_workers(%s)"
_AS_TEXT = "SELECT coalesce(json_agg(row_to_json(found)), '[]')::text FROM ({}) found"
# What distribution leaves on the coordinator's disk, where nothing reads it any more.
_LEFT_BEHIND = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%s) AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0
    ORDER BY n.nspname, c.relname
"""


@dataclass(slots=True)
class Node:
    """A worker.

    Attributes:
        name: its host and port, as the coordinator knows them.
        shards: the names of the tables that lie there, by schema and name.
        failure: why it could not be asked; empty when it could.
        tables: the catalog as to these, under the names that they have on the coordinator.
        shells: the catalog as to everything else.
    """

    name: str
    shards: dict[Table, str] = field(default_factory=dict)
    failure: str = ""
    tables: Snapshot | None = None
    shells: Snapshot | None = None

    def tell(self, finding: Finding) -> Finding:
        """A finding about a shard, as one about this node, with a remedy that works there."""
        fix = finding.fix
        for (schema, table), shard in self.shards.items():
            fix = re.sub(rf"\b{schema}\.{table}\b", f"{schema}.{shard}", fix)
        if fix != finding.fix:
            fix = f"{_BY_HAND} {fix}"
        return replace(
            finding,
            table=self.shards.get((finding.schema, finding.table), finding.table),
            detail=f"On {self.name}: {finding.detail}",
            fix=f"On {self.name}: {fix}",
        )


def ask(schemas: Iterable[str], *, roles: Iterable[str], leaky_views: Iterable[str]) -> list[Node]:
    """All workers with what they say; connect as the owner, to the coordinator.

    Args:
        schemas: those that are distributed.
        roles: as for ``snapshot.take``.
        leaky_views: likewise.
    """
    asked = sorted(schemas)
    nodes = _nodes(asked)
    answers = _Answers(nodes)
    for node in nodes.values():
        found = snapshot.take(asked, roles=roles, leaky_views=leaky_views, read=answers.of(node))
        if not node.failure:
            node.tables, node.shells = _split(found, node)
    return list(nodes.values())


def left_behind(schemas: Iterable[str]) -> list[Table]:
    """Distributed tables of which the coordinator still has old rows on its disk."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_BEHIND, [list(schemas)])
        return [(schema, table) for schema, table in cursor.fetchall()]


def _nodes(schemas: list[str]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    with connection.cursor() as cursor:
        cursor.execute(_WHERE, [schemas])
        for name, schema, table, number in cursor.fetchall():
            node = nodes.setdefault(name, Node(name))
            if number is not None:
                node.shards[schema, table] = f"{table}_{number}"
    return nodes


class _Answers:
    """What the workers answer: each question is put to all of them at once."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes
        self._known: dict[str, dict[str, list[Row]]] = {}

    def of(self, node: Node) -> snapshot.Read:
        """How to read the catalog of one node."""

        def read(query: str, asked: Asked) -> list[Row]:
            if query not in self._known:
                self._known[query] = self._ask(query, asked)
            return self._known[query].get(node.name, [])

        return read

    def _ask(self, query: str, asked: Asked) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = defaultdict(list)
        for start in range(0, max(len(asked["schemas"]), 1), CHUNK):
            chunk = {**asked, "schemas": ["public", *asked["schemas"][start : start + CHUNK]]}
            for name, answer in self._answers(query, chunk):
                rows[name] += [row for row in answer if row not in rows[name]]
        return rows

    def _answers(self, query: str, asked: Asked) -> Iterator[tuple[str, list[Row]]]:
        with connection.cursor() as cursor:
            cursor.execute(_ASK, [_AS_TEXT.format(cursor.mogrify(query, asked))])
            answers = {name: (success, text) for name, success, text in cursor.fetchall()}
        for name, node in self.nodes.items():
            success, text = answers.get(name, (False, "it is not active"))
            if success:
                yield name, json.loads(text)
            else:
                node.failure = node.failure or text


def _split(found: Snapshot, node: Node) -> tuple[Snapshot, Snapshot]:
    """The shards under their tables' names, and the rest."""
    names = {(schema, shard): table for (schema, table), shard in node.shards.items()}
    tables = {
        (schema, names[schema, name]): _renamed(relation, names)
        for (schema, name), relation in found.relations.items()
        if (schema, name) in names
    }
    rest = {key: one for key, one in found.relations.items() if key not in names}
    return replace(found, relations=tables), replace(found, relations=rest)


def _renamed(relation: Relation, names: dict[Table, str]) -> Relation:
    def logical(schema: Any, name: Any) -> Any:
        return names.get((schema, name), name)

    facts = relation.facts
    return replace(
        relation,
        facts={**facts, "relation": logical(facts["schema"], facts["relation"])},
        constraints=[
            {**key, "target": logical(key["target_schema"], key["target"])}
            for key in relation.constraints
        ],
    )
