"""CPU time and memory of the parts of a platform, read from proc(5) once a second.

A part is a process with all that descend from it. Only Linux has /proc: elsewhere the report
does without.
"""

from __future__ import annotations

import csv
import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROC = Path("/proc")
EVERY = 1.0
TICKS = os.sysconf("SC_CLK_TCK")
KILOBYTE = 1024
HEAD = ("seconds", "part", "cpu_seconds", "memory_bytes")


class _Stat(NamedTuple):
    parent: int
    cpu_seconds: float


@contextmanager
def watching(parts: Mapping[str, int], file: Path) -> Iterator[None]:
    """Write what each part uses to a CSV file while the block runs.

    Args:
        parts: the number of the first process of each.
        file: gets ``HEAD``; CPU seconds count from each part's beginning.
    """
    if not PROC.joinpath("self", "stat").exists():
        yield
        return
    ended = Event()
    thread = Thread(target=_watch, args=(dict(parts), file, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(parts: Mapping[str, int], file: Path, ended: Event) -> None:
    began = time.monotonic()
    with file.open("w", newline="", encoding="utf-8") as output:
        writer = csv.writer(output)
        writer.writerow(HEAD)
        last = False
        while not last:
            last = ended.wait(EVERY)  # once more at the end
            for part, (cpu, memory) in usage(parts).items():
                moment = time.monotonic() - began
                writer.writerow((f"{moment:.1f}", part, f"{cpu:.2f}", memory))
            output.flush()


def usage(parts: Mapping[str, int]) -> dict[str, tuple[float, int]]:
    """CPU seconds so far, and bytes of memory now, of each part that runs."""
    stats = {pid: stat for pid in _pids() if (stat := _stat(pid))}
    found = {}
    for part, root in parts.items():
        tree = _descendants(root, stats)
        if tree:
            cpu = sum(stats[pid].cpu_seconds for pid in tree)
            found[part] = (cpu, sum(_memory(pid) for pid in tree))
    return found


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> _Stat | None:
    """Read /proc/PID/stat: field 4 is the parent; 14 to 17 the time of it and of reaped children.

    PostgreSQL's backends come and go: what those used that have ended is their parent's.
    """
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return _Stat(int(fields[1]), sum(map(int, fields[11:15])) / TICKS)


def _descendants(root: int, stats: Mapping[int, _Stat]) -> set[int]:
    tree = {root} & stats.keys()
    grown = True
    while grown:
        children = {pid for pid, stat in stats.items() if stat.parent in tree}
        grown = not children <= tree
        tree |= children
    return tree


def _memory(pid: int) -> int:
    """Its share of memory (PSS): what several processes share is counted once among them."""
    with suppress(OSError, StopIteration):
        with (PROC / str(pid) / "smaps_rollup").open(encoding="ascii") as lines:
            line = next(line for line in lines if line.startswith("Pss:"))
        return int(line.split()[1]) * KILOBYTE
    return 0
