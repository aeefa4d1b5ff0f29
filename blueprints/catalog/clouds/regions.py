"""The clouds and their regions, from data files that say where and when they were taken."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Cloud:
    """A cloud that documents can name.

    Attributes:
        name: as documents write it: ``aws``.
        title: for people.
        regions: its own names of its regions, sorted.
        source: where the regions were taken from.
        date: when, as YYYY-MM-DD.
    """

    name: str
    title: str
    regions: tuple[str, ...]
    source: str
    date: str


#: How the names of regions begin that are apart from all others, and what they are called.
_PARTITIONS = {"aws": {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}}


def partition(cloud: str, region: str) -> str:
    """Return the part of a cloud, with accounts and names of its own, that a region is in."""
    beginnings = _PARTITIONS.get(cloud, {})
    found = (name for beginning, name in beginnings.items() if region.startswith(beginning))
    return next(found, cloud)


@cache
def clouds() -> Mapping[str, Cloud]:
    """Return every cloud by name: one for each file in ``regions/``."""
    folder = files(__package__).joinpath("regions")
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    read = [json.loads(entry.read_text("utf-8")) for entry in entries if entry.is_file()]
    return {
        data["cloud"]: Cloud(
            name=data["cloud"],
            title=data["title"],
            regions=tuple(data["regions"]),
            source=data["source"],
            date=data["date"],
        )
        for data in read
    }
