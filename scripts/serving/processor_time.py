"""Processor time of each part of the platform, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar, NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class _Process(NamedTuple):
    parent: int
    command: str
    seconds: float


class Sampler:
    """Seconds that the parts have used since it was made, with all their processes.

    Args:
        folder: of the laboratory; what is started in it has its name in the command line.
        web, redis: ports of the web server and the cache, which stand in their command lines.
    """

    PARTS: ClassVar = ("web", "postgres", "pgbouncer", "redis")

    def __init__(self, folder: Path, web: int, redis: int | None) -> None:
        self._signs = {"web": f"{web}", "redis": f":{redis}"}
        self._signs |= {part: f"{folder}/{part}" for part in ("postgres", "pgbouncer")}
        self._before = self._read()

    def used(self) -> dict[str, float]:
        """Seconds by part."""
        now = self._read()
        return {part: now[part] - self._before[part] for part in self.PARTS}

    def _read(self) -> dict[str, float]:
        found = dict(_all_processes())
        roots = {
            pid: part
            for pid, process in found.items()
            for part, sign in self._signs.items()
            if sign in process.command
        }
        seconds = dict.fromkeys(self.PARTS, 0.0)
        for pid, process in found.items():
            part = _part_of(pid, found, roots)
            if part:
                seconds[part] += process.seconds
        return seconds


def _part_of(pid: int, found: dict[int, _Process], roots: dict[int, str]) -> str:
    while pid in found and pid not in roots:
        pid = found[pid].parent
    return roots.get(pid, "")


def _all_processes() -> list[tuple[int, _Process]]:
    read = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command = (folder / "cmdline").read_text().replace("\0", " ")
                fields = (folder / "stat").read_text().rpartition(") ")[2].split()
            except (OSError, UnicodeDecodeError):
                continue  # it has ended meanwhile
            used = (int(fields[11]) + int(fields[12])) / _TICKS
            read.append((int(folder.name), _Process(int(fields[1]), command, used)))
    return read
