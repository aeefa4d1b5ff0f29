"""The commands of README, as somebody types them who follows it."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from deployment.local.virtualenv import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMPT = re.compile(r"    \$ ?(.*)")


def commands() -> list[str]:
    """Each command, with the lines that belong to it: a document, or the rest of a quotation."""
    return list(_commands((ROOT / "README.md").read_text().splitlines()))


def _commands(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        prompt = PROMPT.fullmatch(line)
        if prompt is None:
            continue
        command = prompt[1]
        for following in lines[number + 1 :]:
            if _is_whole(command):
                break
            command += f"\n{following.removeprefix('    ')}"
        yield command


def _is_whole(command: str) -> bool:
    """Whether bash waits for nothing more; of an unfinished document it only warns."""
    parsed = subprocess.run(  # noqa: S603  # our own README, and only parsed
        ["/bin/bash", "-n", "-c", command], check=False, capture_output=True, text=True
    )
    return parsed.returncode == 0 and not parsed.stderr
