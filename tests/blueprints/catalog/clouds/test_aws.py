"""The facts about AWS that rules go by, against the tools of the tests that know some of them."""

from __future__ import annotations

import runpy
from pathlib import Path

import botocore.session
import pytest

from blueprints.catalog.clouds.aws import data, images, machine_types, versions
from blueprints.catalog.clouds.aws.partitions import dns_suffix, partition
from blueprints.catalog.clouds.aws.zones import zones
from blueprints.catalog.component_types.base import NEUTRAL_IMAGES, NEUTRAL_SIZES
from blueprints.catalog.documents import clouds

ROOT = Path(__file__).resolve().parents[4]
REGIONS = clouds()["aws"].regions


def test_machines_and_versions_are_those_that_cfn_lint_knows() -> None:
    script = runpy.run_path(str(ROOT / "scripts/update_aws_data.py"))
    for name, content in script["content"]().items():
        assert data.load(name) == content, f"run scripts/update_aws_data.py for {name}.json"


def test_partitions_are_those_of_botocore() -> None:
    session = botocore.session.get_session()
    for region in REGIONS:
        assert partition(region) == session.get_partition_for_region(region)


def test_suffixes_are_those_of_botocore() -> None:
    partitions = botocore.session.get_session().get_data("endpoints")["partitions"]
    suffixes = {known["partition"]: known["dnsSuffix"] for known in partitions}
    for region in REGIONS:
        assert dns_suffix(region) == suffixes[partition(region)]


def test_no_zone_that_exists_is_refused() -> None:
    from moto.ec2.models.availability_zones_and_regions import (  # noqa: PLC0415  # costs seconds, also where no test here runs
        RegionsAndZonesBackend,
    )

    for region, listed in RegionsAndZonesBackend.zones.items():
        letters = {zone.name.removeprefix(region) for zone in listed}
        assert letters <= set(zones(region)), region


@pytest.mark.parametrize("service", ["ec2", "rds", "elasticache"])
def test_every_region_has_a_machine_of_every_neutral_size(service: machine_types.Service) -> None:
    assert tuple(machine_types.SIZES[service]) == NEUTRAL_SIZES
    for region in REGIONS:
        for name in machine_types.neutral_sizes(service, region).values():
            assert machine_types.fault(service, name, region) == ""


@pytest.mark.parametrize("service", ["ec2", "rds", "elasticache"])
def test_every_machine_that_a_region_has_is_let_through(service: machine_types.Service) -> None:
    machines = machine_types.catalogue(service)
    names = [f"{family}.{size}" for family, sizes in machines.types.items() for size in sizes]
    for region in ("us-east-1", "cn-north-1", "us-gov-west-1"):
        here = [name for name in names if machines.has(name, region)]
        assert here
        assert [name for name in here if machine_types.fault(service, name, region)] == []


def test_every_version_that_can_be_created_is_let_through() -> None:
    for engine in ("mariadb", "mysql", "postgres"):
        assert [
            v for v in versions.database_series(engine) if versions.database_fault(engine, v)
        ] == []
    for engine in ("memcached", "redis", "valkey"):
        listed = data.load("versions")[engine]
        assert [version for version in listed if versions.cache_fault(engine, version)] == []


def test_every_neutral_image_has_a_publisher() -> None:
    assert set(images.OWNERS) == set(NEUTRAL_IMAGES)
