"""Order and circles among things that need each other.

Nothing here recurses: a chain of ten thousand things is as good as one of ten.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping

Graph = Mapping[str, Iterable[str]]


def circles(needs: Graph) -> Iterator[tuple[str, ...]]:
    """Yield circles among the needs, each as a path whose last step needs its first.

    Args:
        needs: for each name, the names it needs; names without an entry need nothing.

    A graph has a circle exactly if one is found. Not every one is: each step that closes a
    circle shows one.
    """
    finished: set[str] = set()
    for start in needs:
        if start not in finished:
            yield from _circles_from(start, needs, finished)


def _circles_from(start: str, needs: Graph, finished: set[str]) -> Iterator[tuple[str, ...]]:
    path = [start]
    position = {start: 0}
    waiting = [iter(needs.get(start, ()))]
    while waiting:
        step = next(waiting[-1], None)
        if step is None:
            waiting.pop()
            done = path.pop()
            del position[done]
            finished.add(done)
        elif step in position:
            yield tuple(path[position[step] :])
        elif step not in finished:
            position[step] = len(path)
            path.append(step)
            waiting.append(iter(needs.get(step, ())))


def build_order(needs: Graph) -> tuple[str, ...]:
    """Return the names so that each follows all it needs, otherwise in the order given.

    Args:
        needs: for each name, the names it needs, which must have entries too.

    Raises:
        ValueError: there is a circle, so no such order.
    """
    names = list(needs)
    rank = {name: index for index, name in enumerate(names)}
    missing = {name: len(set(needs[name])) for name in names}
    needed_by: dict[str, list[str]] = {name: [] for name in names}
    for name in names:
        for need in set(needs[name]):
            needed_by[need].append(name)
    ready = [rank[name] for name in names if not missing[name]]
    ordered: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        ordered.append(name)
        for follower in needed_by[name]:
            missing[follower] -= 1
            if not missing[follower]:
                heapq.heappush(ready, rank[follower])
    if len(ordered) < len(names):
        raise ValueError("The needs run in a circle.")
    return tuple(ordered)
