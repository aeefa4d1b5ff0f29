"""The last run and what is pending now, in lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN_NAMES = 10


def status_lines(found: dict[str, Any]) -> Iterator[str]:
    """What ``tenants.fleet.runs.status`` has found."""
    yield from ["no run so far"] if found["run"] is None else _run(found["run"])
    pending = found["pending"]
    schemas = ["public"] * pending["public"] + pending["placements"]
    yield f"pending now: {len(schemas)}{': ' if schemas else ''}{_some(schemas)}"


def _run(run: dict[str, Any]) -> Iterator[str]:
    counts = ", ".join(f"{number} {name}" for name, number in run["placements"].items())
    ended = run["finished_at"] or "-"
    yield f"last run: {run['status']}, begun {run['started_at']}, ended {ended}"
    yield f"placements: {counts}"
    yield f"migrations: {_some(run['migrations']) or '-'}"
    if run["failure"]:
        yield f"reason: {run['failure']}"
    for one in run["failed"]:
        yield f"failed: {one['schema']} ({one['attempts']} attempts): {one['reason']}"


def _some(names: list[str]) -> str:
    rest = ", …" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + rest
