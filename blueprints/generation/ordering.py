"""What nodes wait for beyond what they refer to, without a circle.

Nothing here recurses: a chain of ten thousand nodes is as good as one of ten.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from blueprints.generation.ir import edges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprints.generation.ir import Address, Node

    Graph = Mapping[Address, tuple[Address, ...]]


def add_dependencies(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Have each node depend on what it should wait for, unless that needs the node itself.

    What lies in one circle is the same whatever the order of the document, so the same is left out.
    """
    if not any(node.waits_for for node in nodes):
        return nodes
    circle = _circles({node.address: (*edges(node), *node.waits_for) for node in nodes})
    return tuple(_with_dependencies(node, circle) for node in nodes)


def _with_dependencies(node: Node, circle: Mapping[Address, int]) -> Node:
    kept = (there for there in node.waits_for if circle[there] != circle[node.address])
    return dataclasses.replace(node, depends_on=(*node.depends_on, *kept), waits_for=())


def _circles(graph: Graph) -> Mapping[Address, int]:
    """Number the groups of nodes that all reach each other (Kosaraju); most have one member."""
    needed_by: dict[Address, list[Address]] = {address: [] for address in graph}
    for address, targets in graph.items():
        for target in targets:
            needed_by.setdefault(target, []).append(address)
    group: dict[Address, int] = {}
    for number, start in enumerate(reversed(tuple(_finished(graph)))):
        if start not in group:
            _spread(start, number, needed_by, group)
    return group


def _finished(graph: Graph) -> Iterator[Address]:
    """Yield each node after all that it reaches and that was not on the way to it."""
    seen: set[Address] = set()
    for start in graph:
        waiting: list[tuple[Address, Iterator[Address]]] = []
        _enter(start, graph, seen, waiting)
        while waiting:
            address, targets = waiting[-1]
            following = next((target for target in targets if target not in seen), None)
            if following is None:
                waiting.pop()
                yield address
            else:
                _enter(following, graph, seen, waiting)


def _enter(
    address: Address,
    graph: Graph,
    seen: set[Address],
    waiting: list[tuple[Address, Iterator[Address]]],
) -> None:
    if address not in seen:
        seen.add(address)
        waiting.append((address, iter(graph.get(address, ()))))


def _spread(
    start: Address,
    number: int,
    needed_by: Mapping[Address, Iterable[Address]],
    group: dict[Address, int],
) -> None:
    reached = [start]
    while reached:
        address = reached.pop()
        if address not in group:
            group[address] = number
            reached.extend(needed_by[address])
