"""Which machines AWS has in which region, and what the neutral sizes stand for there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

from blueprints.catalog.problems import quoted, suggestion

from . import data

if TYPE_CHECKING:
    from collections.abc import Mapping

Service = Literal["ec2", "rds", "elasticache"]

#: The neutral sizes, each with what stands for it: the first that the region has.
SIZES: Mapping[Service, Mapping[str, tuple[str, ...]]] = {
    "ec2": {
        "micro": ("t3.micro",),
        "small": ("t3.small",),
        "medium": ("t3.medium",),
        "large": ("t3.large",),
        "xlarge": ("t3.xlarge",),
    },
    "rds": {
        "micro": ("db.t4g.micro", "db.t3.micro"),
        "small": ("db.t4g.small", "db.t3.small"),
        "medium": ("db.t4g.medium", "db.t3.medium"),
        "large": ("db.t4g.large", "db.t3.large"),
        "xlarge": ("db.t4g.xlarge", "db.t3.xlarge"),
    },
    "elasticache": {
        "micro": ("cache.t4g.micro", "cache.t3.micro"),
        "small": ("cache.t4g.small", "cache.t3.small"),
        "medium": ("cache.t4g.medium", "cache.t3.medium"),
        "large": ("cache.m7g.large", "cache.m6g.large", "cache.m5.large"),
        "xlarge": ("cache.m7g.xlarge", "cache.m6g.xlarge", "cache.m5.xlarge"),
    },
}
_PREFIXES: Mapping[Service, str] = {"ec2": "", "rds": "db.", "elasticache": "cache."}
_TITLES: Mapping[Service, str] = {"ec2": "EC2", "rds": "RDS", "elasticache": "ElastiCache"}
_FORM = re.compile(r"[a-z][a-z0-9-]*\.(?:nano|micro|small|medium|(?:\d+)?x?large|metal(?:-\d+xl)?)")
# A "g" after the generation's number names AWS's own processors: m7g, c6gn, im4gn; a1 is older.
_ARM = re.compile(r"(?:db\.|cache\.)?(?:[a-z]+\d+[a-z]*g[a-z]*|a1)\.")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The machines of one service.

    Attributes:
        types: sizes by family.
        missing: for each region, families and single types that it lacks.
    """

    types: Mapping[str, tuple[str, ...]]
    missing: Mapping[str, frozenset[str]]

    def has(self, name: str, region: str) -> bool:
        """Whether a region has a type; one that is in no list may be newer than the list."""
        family = name.rpartition(".")[0]
        return self.missing.get(region, frozenset()).isdisjoint({family, name})


@cache
def catalogue(service: Service) -> Catalogue:
    """Return the machines of a service."""
    content = data.load(service)
    return Catalogue(
        {family: tuple(sizes.split()) for family, sizes in content["types"].items()},
        {region: frozenset(names.split()) for region, names in content["missing"].items()},
    )


@lru_cache(maxsize=256)  # more than there are regions, of which a document may write any
def neutral_sizes(service: Service, region: str) -> Mapping[str, str]:
    """Return what each neutral size is in a region."""
    machines = catalogue(service)
    return {
        size: next((name for name in names if machines.has(name, region)), names[0])
        for size, names in SIZES[service].items()
    }


def is_arm(name: str) -> bool:
    """Whether a type has one of AWS's own processors, which are Arm."""
    return _ARM.match(name) is not None


def fault(service: Service, name: str, region: str) -> str:
    """Say why a region has no such machine; empty if it may have one."""
    if name in SIZES[service]:
        return ""
    prefix, machines = _PREFIXES[service], catalogue(service)
    if not name.startswith(prefix) or not _FORM.fullmatch(name.removeprefix(prefix)):
        example = neutral_sizes(service, region)["medium"]
        return f"{quoted(name)} is no machine of {_TITLES[service]}; its names look like {example}."
    family, _, size = name.rpartition(".")
    known = machines.types.get(family)
    if known is not None and size not in known:
        return f"{family} has no size {quoted(size)}. {suggestion(size, known)}"
    if not machines.has(name, region):
        return f"{region} has no {name}: take another size, or another region."
    return ""
