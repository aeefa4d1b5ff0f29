"""Take from cfn-lint which machines and versions AWS has, and write them down for the rules.

cfn-lint asks AWS' own interfaces in every region and publishes the answers with each release:
``pip install --upgrade cfn-lint``, run this, look at the difference. A test compares.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "blueprints/catalog/clouds/aws/data"
REGIONS = ROOT / "blueprints/catalog/clouds/regions/aws.json"
ENGINES = ("mariadb", "mysql", "postgres")

Json = dict[str, Any]


def _extension(name: str) -> Json:
    source = files("cfnlint").joinpath("data/schemas/extensions").joinpath(f"{name}.json")
    content: Json = json.loads(source.read_text("utf-8"))
    return content


def _regions() -> list[str]:
    regions: list[str] = json.loads(REGIONS.read_text("utf-8"))["regions"]
    return regions


def _listed(name: str) -> dict[str, set[str]]:
    content = _extension(name)
    return {region: set(content[region]["enum"]) for region in _regions()}


def _database_classes() -> dict[str, set[str]]:
    """Classes that at least one of the engines has; they differ in retired ones only."""
    content = _extension("aws_rds_dbinstance/dbinstanceclass_enum")
    return {
        region: {
            name
            for rule in content[region]["allOf"]
            if rule["if"]["properties"].get("Engine", {}).get("const") in ENGINES
            for name in rule["then"]["properties"]["DBInstanceClass"]["enum"]
        }
        for region in _regions()
    }


def _by_family(names: set[str]) -> dict[str, list[str]]:
    families: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        family, size = name.rsplit(".", 1)
        families[family].append(size)
    return dict(families)


def _machines(by_region: dict[str, set[str]]) -> Json:
    families = _by_family(set().union(*by_region.values()))
    return {
        "types": {family: " ".join(sizes) for family, sizes in families.items()},
        "missing": {
            region: " ".join(_missing(families, names)) for region, names in by_region.items()
        },
    }


def _missing(families: dict[str, list[str]], present: set[str]) -> list[str]:
    """Name whole families that a region lacks by the family alone."""
    missing: list[str] = []
    for family, sizes in families.items():
        absent = [f"{family}.{size}" for size in sizes if f"{family}.{size}" not in present]
        missing += [family] if len(absent) == len(sizes) else absent
    return missing


def _versions(name: str, property_name: str, engines: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rule in _extension(name)["allOf"]:
        engine = rule["if"]["properties"]["Engine"].get("const")
        if engine in engines:
            listed = rule["then"]["properties"][property_name]["enum"]
            numbers = (version for version in listed if re.fullmatch(r"[0-9.]+", version))
            found[engine] = sorted(numbers, key=lambda version: list(map(int, version.split("."))))
    return found


def content() -> dict[str, Json]:
    """Return the files to be written, by name."""
    origin = {"source": f"cfn-lint {importlib.metadata.version('cfn-lint')}, as AWS answered it"}
    caches = "aws_elasticache_cachecluster"
    return {
        "ec2": origin | _machines(_listed("aws_ec2_instance/instancetype_enum")),
        "rds": origin | _machines(_database_classes()),
        "elasticache": origin | _machines(_listed(f"{caches}/cachenodetype_enum")),
        "versions": origin
        | _versions("aws_rds_dbinstance/engine_version", "EngineVersion", ENGINES)
        | _versions(f"{caches}/engine_version", "EngineVersion", ("memcached", "redis", "valkey")),
    }


def written(data: Json) -> str:
    """Return a file's text."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, data in content().items():
        (TARGET / f"{name}.json").write_text(written(data), "utf-8")
        sys.stdout.write(f"{name}.json is written.\n")
