from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from tests.loaded_platform import LoadedPlatform
from tests.services import Services, copy_database
from tests.tenants.fleet.platform import CREATE_THINGS, PROBE, FleetPlatform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.plugin import DjangoDbBlocker

_CREATE_TENANTS = """
from django.core.management import call_command
for slug in ("big-a", "big-b", "big-c", "big-d"):
    call_command("create_tenant", slug=slug, tier="enterprise")
call_command("create_tenant", slug="small")
"""


def _drop(services: Services, database: str) -> None:
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )


@pytest.fixture(scope="session")
def fleet_template(
    services: Services,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[FleetPlatform]:
    """A database with several placements, to be copied."""
    name = f"{services.prefix}_fleet_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    copy_database(services, services.template, name)
    code = tmp_path_factory.mktemp("fleet")
    with LoadedPlatform() as loaded:
        platform = FleetPlatform(services, name, code, (), django_db_blocker, loaded)
        platform.manage("shell", "-c", _CREATE_TENANTS)
    yield platform
    _drop(services, name)


@pytest.fixture(scope="session")
def template_with_things(
    services: Services, fleet_template: FleetPlatform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FleetPlatform]:
    """The same, with the probe's first release migrated: most tests begin after it."""
    name = f"{fleet_template.database}_things"
    copy_database(services, fleet_template.database, name)
    code = tmp_path_factory.mktemp("fleet-with-things")
    with LoadedPlatform() as loaded:
        platform = FleetPlatform(services, name, code, (), fleet_template.blocker, loaded)
        platform.release(things=CREATE_THINGS)
        platform.migrate()
    yield platform
    _drop(services, name)


@pytest.fixture(scope="session")
def loaded_platform() -> Iterator[LoadedPlatform]:
    """Runs the commands of all tests; their database and their code have the same names."""
    with LoadedPlatform() as loaded:
        yield loaded


@pytest.fixture(scope="session")
def fleet_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each test in turn deploys its releases."""
    return tmp_path_factory.mktemp("fleet-code")


@pytest.fixture
def fleet(
    services: Services,
    fleet_template: FleetPlatform,
    fleet_code: Path,
    loaded_platform: LoadedPlatform,
    request: pytest.FixtureRequest,
) -> Iterator[FleetPlatform]:
    """A platform of several placements that exists for one test; see ``with_things``."""
    template: FleetPlatform = request.getfixturevalue(getattr(request, "param", "fleet_template"))
    name = f"{fleet_template.database}_test"
    copy_database(services, template.database, name)
    empty = FleetPlatform(services, name, fleet_code, (), fleet_template.blocker, loaded_platform)
    schemas = empty.query("SELECT schema_name FROM placements ORDER BY schema_name")
    platform = replace(empty, schemas=tuple(schema for (schema,) in schemas))
    if template is not fleet_template:
        platform.release(things=CREATE_THINGS)
    yield platform
    shutil.rmtree(fleet_code / PROBE, ignore_errors=True)
    _drop(services, name)
