"""Placements made from the template: the same as migrated ones, whole or not at all."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections

from tenants.database.roles import APP_ROLE, as_owner
from tenants.isolation import fingerprint
from tenants.isolation.catalog import check
from tenants.models import Placement, PlacementKind, PlacementStatus
from tenants.provisioning import template
from tenants.provisioning.catalog import CannotCopy, definitions
from tenants.provisioning.placements import make_placement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.plugin import DjangoDbBlocker

    from tests.services import Services


@pytest.fixture
def owner(
    django_db_setup: None,  # noqa: ARG001  # the template must be there
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """The test commits, as the owner."""
    with django_db_blocker.unblock():
        with as_owner():
            yield
        connections.close_all()
    template.forget()


@pytest.fixture
def new_placement(owner: None) -> Iterator[Callable[[], Placement]]:  # noqa: ARG001  # for its connection
    """Makes rows of pending placements; they and their schemas are gone afterwards."""
    made: list[Placement] = []

    def make() -> Placement:
        name = f"t_tmp_{secrets.token_hex(4)}"
        made.append(Placement.objects.create(schema_name=name, kind=PlacementKind.DEDICATED))
        return made[-1]

    yield make
    for placement in made:
        execute(f"DROP SCHEMA IF EXISTS {placement.schema_name} CASCADE")
        Placement.objects.filter(pk=placement.pk).delete()


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def rows(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[object, ...]] = cursor.fetchall()
    return found


def status_of(placement: Placement) -> str:
    return Placement.objects.get(pk=placement.pk).status


def migrate(placement: Placement) -> None:
    """Make a placement by running every migration in it."""
    execute(f"CREATE SCHEMA {placement.schema_name}")
    execute(f"GRANT USAGE ON SCHEMA {placement.schema_name} TO {APP_ROLE}")
    call_command(
        "migrate_schemas",
        schema_name=placement.schema_name,
        tenant=True,
        interactive=False,
        verbosity=0,
    )


def dump(services: Services, schema: str) -> list[str]:
    """All that ``pg_dump`` knows of a schema, without its name, as statements in order."""
    program = shutil.which("pg_dump")
    assert program is not None
    database = connections["default"].settings_dict["NAME"]
    result = subprocess.run(  # noqa: S603  # fixed arguments
        [program, "--schema-only", f"--schema={schema}", services.owner_url(str(database))],
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [line for line in result.stdout.splitlines() if not line.startswith(("--", "\\"))]
    # pg_dump breaks ties in its order by the objects' ids.
    statements = "\n".join(lines).replace(schema, "SCHEMA").split(";\n")
    return sorted(statement.strip() for statement in statements)


@pytest.mark.needs("psql")
def test_a_copy_is_what_a_migration_makes_object_by_object(
    services: Services, new_placement: Callable[[], Placement]
) -> None:
    migrated, copied = new_placement(), new_placement()
    migrate(migrated)
    assert make_placement(copied)
    expected, found = dump(services, migrated.schema_name), dump(services, copied.schema_name)
    assert len(expected) > 100
    assert found == expected


def test_a_copy_has_the_record_and_the_fingerprint_of_all_migrations(
    new_placement: Callable[[], Placement],
) -> None:
    copied = new_placement()
    assert make_placement(copied)
    copied.refresh_from_db()
    assert (copied.status, copied.migrations) == (PlacementStatus.READY, fingerprint.wanted())
    assert fingerprint.applied(copied.schema_name) == fingerprint.applied("placement_template")
    assert copied.schema_name not in fingerprint.behind()


def test_a_copy_is_isolated(new_placement: Callable[[], Placement]) -> None:
    assert make_placement(new_placement())
    assert check() == []


def test_a_copy_is_made_in_one_message(new_placement: Callable[[], Placement]) -> None:
    placement = new_placement()
    template.script()
    sent: list[str] = []

    def note(execute: Callable[..., object], sql: str, *rest: object) -> object:
        sent.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        assert make_placement(placement)
    # Which script is the right one, and the script.
    assert len(sent) == 2
    assert sent[1].count("CREATE TABLE") > 5


def test_identities_of_a_copy_start_anew(new_placement: Callable[[], Placement]) -> None:
    placement = new_placement()
    assert make_placement(placement)
    schema = placement.schema_name
    assert rows(f"SELECT nextval('{schema}.django_admin_log_id_seq')") == [(1,)]


def test_nothing_is_left_of_a_copy_that_fails(new_placement: Callable[[], Placement]) -> None:
    placement, neighbour = new_placement(), new_placement()
    script = template.script()
    broken = template.TemplateScript(script.migrations, (*script.statements, "SELECT 1 / 0"))
    template._scripts[script.migrations] = broken  # noqa: SLF001  # a template that breaks late
    assert not make_placement(placement)
    placement.refresh_from_db()
    assert placement.status == PlacementStatus.FAILED
    assert "division by zero" in placement.failure
    assert rows(f"SELECT to_regnamespace('{placement.schema_name}')") == [(None,)]
    template.forget()
    assert make_placement(neighbour)
    # Tried again when the cause is gone.
    assert make_placement(placement)
    assert status_of(placement) == PlacementStatus.READY


def test_a_template_that_changed_is_read_again(new_placement: Callable[[], Placement]) -> None:
    template.script()
    stale = template.TemplateScript("0" * 64, ("CREATE TABLE stale (id int)",))
    template._scripts.clear()  # noqa: SLF001  # as if read before a migration
    template._scripts[fingerprint.wanted()] = stale  # noqa: SLF001  # likewise
    placement = new_placement()
    assert make_placement(placement)
    assert status_of(placement) == PlacementStatus.READY
    assert rows(f"SELECT to_regclass('{placement.schema_name}.stale')") == [(None,)]
    assert rows(f"SELECT to_regclass('{placement.schema_name}.users') IS NULL") == [(False,)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW placement_template.peek AS SELECT 1 AS one",
        "CREATE FUNCTION placement_template.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE placement_template.mood AS ENUM ('good')",
        "CREATE SEQUENCE placement_template.numbers",
        "CREATE STATISTICS placement_template.s ON username, email FROM placement_template.users",
        "GRANT SELECT (username) ON placement_template.users TO iac_app",
    ],
)
def test_what_cannot_be_copied_is_an_error_and_not_a_gap(
    as_superuser: object, statement: str
) -> None:
    del as_superuser
    assert definitions("placement_template")
    execute(statement)
    with pytest.raises(CannotCopy, match="placement_template"):
        definitions("placement_template")


def test_a_schema_left_half_made_is_migrated_to_the_end(
    new_placement: Callable[[], Placement],
) -> None:
    placement = new_placement()
    execute(f"CREATE SCHEMA {placement.schema_name}")
    assert make_placement(placement)
    assert status_of(placement) == PlacementStatus.READY
    assert check() == []


def test_two_provisioners_make_a_placement_once(new_placement: Callable[[], Placement]) -> None:
    placements = [new_placement() for _ in range(4)]

    def work() -> list[bool]:
        with as_owner():
            done = [make_placement(placement) for placement in placements]
        connections.close_all()
        return done

    with ThreadPoolExecutor(2) as pool:
        outcomes = [future.result() for future in (pool.submit(work), pool.submit(work))]
    assert outcomes == [[True] * 4] * 2
    assert {status_of(placement) for placement in placements} == {PlacementStatus.READY}
    assert check() == []


@pytest.mark.parametrize("name", ["pool-1", "Pool", "x; DROP SCHEMA public", "", "p" * 49])
def test_names_of_schemas_are_never_interpolated_unchecked(owner: None, name: str) -> None:
    del owner
    script = template.script()
    assert "CREATE SCHEMA fine" in script.for_schema("fine")
    with pytest.raises(ValueError, match="not a schema name"):
        script.for_schema(name)


def test_what_is_noted_of_the_template_does_not_end_the_string(owner: None) -> None:
    """The application role may write it, in the operator's scope, and the owner runs it."""
    del owner
    noted = "x'; CREATE SCHEMA pwned; PERFORM FROM pg_class WHERE '' = '"
    script = template.TemplateScript(noted, ()).for_schema("t_quoted")
    with pytest.raises(DatabaseError) as error, connection.cursor() as cursor:
        cursor.execute(script)
    assert getattr(error.value.__cause__, "sqlstate", None) == template.TEMPLATE_CHANGED


def test_the_script_names_no_schema_but_its_own(owner: None) -> None:
    del owner
    text = template.script().for_schema("elsewhere")
    without_source = text.replace("placement_template.django_migrations", "")
    assert re.findall(r"placement_template\.", without_source) == []
