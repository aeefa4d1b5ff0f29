"""An export that cannot go on ends, says why, and leaves no file and no session behind."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from django.db import connection, transaction

from tenants.context import tenant_scope
from tenants.database.roles import as_owner, owner_connection
from tenants.models import Tenant, Tier
from tests.ci import skip_where_missing
from tests.command_line import ended_by, manage, started, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.throwaway import ThrowawayTenants

ROWS = 20_000
# Much less than the archive has, and much more than fits into any buffer on the way.
ROOM = 2**20
_MANY_ROWS = """
    INSERT INTO projects (tenant_id, id, name, name_key, description, revision,
                          created_at, updated_at)
    SELECT %s, gen_random_uuid(), 'Project ' || n, 'project ' || n,
           (SELECT string_agg(md5(n::text || ':' || m), '') FROM generate_series(1, 32) m),
           1, now(), now()
      FROM generate_series(1, %s) n
"""


@pytest.fixture
def large(committed_tenants: ThrowawayTenants) -> Tenant:
    """A tenant whose rows take some 20 MB, which hardly compress."""
    tenant = committed_tenants(Tier.STANDARD)
    with as_owner(), transaction.atomic(), tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute(_MANY_ROWS, [tenant.pk, ROWS])
    return tenant


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system that is full after a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603  # fixed arguments
        skip_where_missing("needs to mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607  # likewise


def export(tenant: Tenant, folder: Path) -> tuple[str, ...]:
    return ("export_tenant", "--tenant", tenant.slug, "--output", f"{folder}/a.zip")


def sessions() -> int:
    """How many sessions of exports PostgreSQL has, seen from outside of any transaction."""
    listener = owner_connection()
    try:
        with listener.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name LIKE 'manage.py export_tenant %'"
            )
            return int(cursor.fetchone()[0])
    finally:
        listener.close()


@contextmanager
def nothing_is_left(folder: Path) -> Iterator[None]:
    before = sorted(folder.iterdir())
    yield
    assert sorted(folder.iterdir()) == before
    wait_until(lambda: sessions() == 0)


def test_a_full_disk_ends_it_with_status_1(large: Tenant, full_disk: Path) -> None:
    with nothing_is_left(full_disk):
        ran = manage(*export(large, full_disk))
    assert ran.returncode == 1
    assert "No space left on device" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_file_that_must_not_grow_ends_it_and_the_next_attempt_succeeds(
    large: Tenant, tmp_path: Path
) -> None:
    """As a full disk does, without privileges."""
    command = export(large, tmp_path)
    with nothing_is_left(tmp_path):
        ran = manage(*command, largest_file=ROOM)
    assert (ran.returncode, "File too large" in ran.stderr) == (1, True), ran.stderr
    assert manage(*command).returncode == 0
    with ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("tables/projects.jsonl").count(b"\n") == ROWS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_ends_it(
    large: Tenant, tmp_path: Path, number: signal.Signals
) -> None:
    unfinished = tmp_path / "a.zip.unfinished"
    with (
        nothing_is_left(tmp_path),
        started(
            "export_tenant", "--tenant", large.slug, "--output", f"{tmp_path}/a.zip"
        ) as process,
    ):
        wait_until(lambda: unfinished.exists() and unfinished.stat().st_size > ROOM)
        assert "interrupted" in ended_by(process, number)


def test_a_signal_while_it_waits_for_a_lock_ends_it(large: Tenant, tmp_path: Path) -> None:
    with (
        as_owner(),
        transaction.atomic(),
        connection.cursor() as cursor,
        nothing_is_left(tmp_path),
    ):
        cursor.execute(f"LOCK TABLE {large.schema_name}.projects IN ACCESS EXCLUSIVE MODE")
        with started(*export(large, tmp_path)) as process:
            assert process.stderr is not None
            said = process.stderr.readline()
            assert "Waiting for a lock" in said
            cursor.execute("SELECT pg_backend_pid()")
            assert f"process {cursor.fetchone()[0]} holds it" in said
            ended_by(process, signal.SIGINT)
