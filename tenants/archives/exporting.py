"""Writing a tenant into one file. Runs as the owner."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from tenants.archives import policy
from tenants.archives.format import (
    FILES,
    FORMAT,
    MANIFEST,
    Manifest,
    MemberFacts,
    TableFacts,
    table_member,
)
from tenants.contents import OWNER_COLUMN, count_rows, owned_tables
from tenants.files import folder_of
from tenants.models import Tenant

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path
    from uuid import UUID

    from tenants.contents import OwnedTable
    from tenants.erasure.progress import Progress

_CHUNK = 2**20
_ROWS = sql.SQL(
    "COPY (SELECT row_to_json(texts)::text FROM (SELECT {values} FROM {table} "
    "WHERE {owner} = {tenant} ORDER BY {key}) texts) TO STDOUT"
)


def write_archive(
    tenant: Tenant, output: Path, *, credentials: bool = True, progress: Progress
) -> Manifest:
    """Write a tenant's rows, as they are at one moment, and its files.

    The file appears under its name when it is complete, readable by its owner alone.

    Args:
        tenant: the tenant; it goes on working, and may even move meanwhile.
        output: the file, which must not exist.
        credentials: whether the hashes of passwords and tokens go along.
        progress: receives steps, and one unit for each row.

    Raises:
        FileExistsError: there is such a file.
        UnknownContents: there are tables that nobody would know what to do with.
    """
    if output.exists():
        raise FileExistsError(f"{output} exists already.")
    unfinished = output.with_name(f"{output.name}.unfinished")
    # Whatever stands there is somebody's: a link to another file, or one that others may read.
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
            manifest = _write(archive, tenant, credentials, progress)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def _write(archive: ZipFile, tenant: Tenant, credentials: bool, progress: Progress) -> Manifest:
    with _snapshot(tenant.pk) as (home, tables):
        chosen = policy.exported(tables, credentials=credentials)
        policy.content_type_columns(home.schema_name)  # refuses what it does not know
        rows = count_rows(home.schema_name, chosen, tenant.pk)
        progress.step("writing rows", total=sum(rows.values()))
        manifest: Manifest = {
            "format": FORMAT,
            "release": settings.RELEASE,
            "migrations": home.placement.migrations,
            "exported_at": timezone.now().isoformat(),
            "credentials": credentials,
            "tenant": {
                "id": str(home.pk),
                "slug": home.slug,
                "name": home.name,
                "tier": home.tier,
                "plan": str(home.plan_id),
                "status": home.status,
            },
            "content_types": policy.content_types(),
            "tables": [_table(archive, home, one, credentials, progress) for one in chosen],
            "files": {},
        }
    progress.step("writing files")
    manifest["files"] = dict(_files(archive, tenant.pk))
    archive.writestr(MANIFEST, json.dumps(manifest, indent=2))
    return manifest


@contextmanager
def _snapshot(tenant_id: UUID) -> Iterator[tuple[Tenant, list[OwnedTable]]]:
    """The tenant and its tables, as of one moment until the end of the block.

    The tables are locked against being dropped before the moment is chosen, so a move that
    ends in between is seen, and one that ends later takes nothing away.
    """
    while True:
        schema = Tenant.objects.select_related("placement").get(pk=tenant_id).schema_name
        tables = owned_tables(schema)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            names = sql.SQL(", ").join(sql.Identifier(schema, table.name) for table in tables)
            cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))
            home = Tenant.objects.select_related("placement").get(pk=tenant_id)
            if home.schema_name == schema:
                yield home, tables
                return


def _table(
    archive: ZipFile, home: Tenant, table: OwnedTable, credentials: bool, progress: Progress
) -> TableFacts:
    """Write one table's rows; what the manifest says of them."""
    replaced = policy.replaced_columns(table.name, credentials=credentials)
    rows = 0

    def lines() -> Generator[bytes, None, None]:
        nonlocal rows
        with closing(_rows(home, table, replaced)) as found:
            for line in found:
                rows += 1
                progress.advance()
                yield line

    facts = _member(archive, table_member(table.name), lines())
    columns = {column.name: column.type for column in table.carried}
    return {"name": table.name, "columns": columns, "rows": rows, **facts}


def _rows(
    home: Tenant, table: OwnedTable, replaced: Mapping[str, str]
) -> Generator[bytes, None, None]:
    values = [
        sql.SQL("{} AS {}").format(_text_of(column.name, replaced), sql.Identifier(column.name))
        for column in table.carried
    ]
    statement = _ROWS.format(
        values=sql.SQL(", ").join(values),
        table=sql.Identifier(home.schema_name, table.name),
        owner=sql.Identifier(OWNER_COLUMN),
        tenant=sql.Literal(home.pk),
        key=sql.Identifier(table.key),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for (row,) in copy.rows():
            yield row.encode() + b"\n"


def _text_of(column: str, replaced: Mapping[str, str]) -> sql.Composable:
    if column in replaced:
        return sql.Literal(replaced[column])
    return sql.SQL("{}::text").format(sql.Identifier(column))


def _member(archive: ZipFile, name: str, chunks: Generator[bytes, None, None]) -> MemberFacts:
    """Write one member; what the manifest says of it.

    The chunks are closed however it ends: an open COPY would keep the connection from
    rolling back.
    """
    digest, size = hashlib.sha256(), 0
    with closing(chunks), archive.open(name, "w", force_zip64=True) as member:
        for chunk in chunks:
            member.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _files(archive: ZipFile, tenant_id: UUID) -> Iterator[tuple[str, MemberFacts]]:
    folder = folder_of(tenant_id)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(folder).as_posix()
            yield name, _member(archive, FILES + name, _chunks(path))


def _chunks(path: Path) -> Generator[bytes, None, None]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
