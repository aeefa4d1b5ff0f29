"""Making a tenant from an archive. Runs as the owner."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID
from zipfile import BadZipFile, ZipFile

import psycopg
from django.conf import settings
from django.db import DatabaseError, DataError, IntegrityError, connection
from psycopg import sql

from iac_platform.common.hooks import Hook, Hooks
from tenants.archives import policy
from tenants.archives.format import ArchiveDoesNotFit, BadArchive
from tenants.archives.reading import opened
from tenants.archives.renaming import new_ids, renamed
from tenants.contents import owned_tables
from tenants.context import tenant_scope
from tenants.erasure.schemas import drop_schema
from tenants.files import folder_of, make_folder, remove_files
from tenants.isolation import fingerprint
from tenants.models import Placement, PlacementKind, Tenant, TenantStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tenants.archives.reading import Archive, Row
    from tenants.contents import OwnedTable
    from tenants.erasure.progress import Progress

# What a tenant becomes that was something passing when it was exported.
_LASTING = (TenantStatus.INVITED, TenantStatus.ACTIVE, TenantStatus.SUSPENDED)


class AuditLogAdopter(Protocol):
    """What takes over the audit log of a tenant that was imported; the last thing done."""

    def __call__(self, *, new_ids: bool) -> None:
        """Continue the log where the tenant keeps its ids, or begin it anew."""


# Called in the scope of a tenant that was imported, in its transaction.
IMPORT_FINISHERS: Hooks[Callable[[], object]] = Hooks(
    "import finisher", required=("roles", "support")
)
AUDIT_LOG_ADOPTER: Hook[AuditLogAdopter] = Hook("adopter of imported audit logs")


@contextmanager
def verified(path: Path, progress: Progress) -> Iterator[Archive]:
    """An archive that was read from beginning to end and is what was exported.

    Its checksums tell damage, not forgery: whoever can write the file can write those too. Take
    archives only from those whom you would let write into the tenant.

    Raises:
        BadArchive: it is not.
    """
    try:
        file = ZipFile(path)
    except (BadZipFile, NotImplementedError) as error:
        raise BadArchive(f"{path} is not a ZIP file, or a damaged one.") from error
    with file:
        archive = opened(file, path)
        progress.step("reading the archive")
        archive.verify()
        yield archive


def require_fit(archive: Archive, tables: Sequence[OwnedTable]) -> None:
    """Pass when this installation has exactly the archive's tables and columns.

    Raises:
        ArchiveDoesNotFit: it has other migrations, tables or columns.
    """
    manifest = archive.manifest
    if manifest["migrations"] != fingerprint.wanted():
        raise ArchiveDoesNotFit(
            f"The archive is of release {manifest['release']} with other migrations than "
            f"this one's, {settings.RELEASE}. Import it into that release, then migrate."
        )
    ours = {
        table.name: {column.name: column.type for column in table.carried}
        for table in policy.exported(tables, credentials=manifest["credentials"])
    }
    theirs = {table["name"]: table["columns"] for table in manifest["tables"]}
    if ours != theirs:
        different = sorted(
            name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
        )
        raise ArchiveDoesNotFit(f"Tables or columns differ: {', '.join(different)}.")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A tenant that is about to be made.

    Attributes:
        archive: verified.
        tenant: with its placement, which stands ready; not saved.
        ids: new ids by the old ones; empty to keep them.
    """

    archive: Archive
    tenant: Tenant
    ids: Mapping[str, str] = field(repr=False)


def choose_ids(archive: Archive, tables: Sequence[OwnedTable], *, anew: bool) -> Mapping[str, str]:
    """New ids for all that has one, or none."""
    return new_ids(archive, tables) if anew else {}


def arriving_id(archive: Archive, ids: Mapping[str, str]) -> UUID:
    """The id that the tenant will have."""
    return UUID(ids.get(str(archive.tenant_id), str(archive.tenant_id)))


def lasting_status(status: str) -> str:
    """The status that an imported tenant has."""
    return status if status in _LASTING else TenantStatus.ACTIVE


def write_contents(arrival: Arrival, progress: Progress) -> None:
    """Write rows and files of a tenant whose own row is not there yet, in the open transaction.

    It may take long, and keeps nobody waiting but migrations of the tables that it has begun.

    Raises:
        ArchiveDoesNotFit: the placement lacks migrations, or the database refuses a row.
    """
    archive = arrival.archive
    _require_current(arrival.tenant.placement)
    tables = {table.name: table for table in owned_tables(arrival.tenant.schema_name)}
    progress.step("writing rows", total=sum(t["rows"] for t in archive.manifest["tables"]))
    try:
        for facts in archive.manifest["tables"]:
            if policy.imported(facts["name"], new_ids=bool(arrival.ids)):
                _write(arrival, tables[facts["name"]], archive.rows(facts), progress)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    # Django does not wrap what COPY raises; half of a surrogate pair is text to JSON alone.
    except (DatabaseError, psycopg.Error, UnicodeEncodeError) as error:
        raise ArchiveDoesNotFit(f"PostgreSQL refused a row: {error}") from error
    progress.step("writing files")
    _write_files(arrival)


@contextmanager
def refused_rows() -> Iterator[None]:
    """Tell rows that the database refuses, also as late as at the commit, from other failures.

    Distributed tables check their keys no earlier, whatever ``SET CONSTRAINTS`` says.

    Raises:
        ArchiveDoesNotFit: instead of the database's error.
    """
    try:
        yield
    # Django does not wrap what COPY raises.
    except (IntegrityError, DataError, psycopg.IntegrityError, psycopg.DataError) as error:
        reason = " ".join(str(error).split())
        raise ArchiveDoesNotFit(f"PostgreSQL refused what is in it: {reason}") from error


def finish(arrival: Arrival) -> None:
    """Make a tenant of what was written, now that its own row is there.

    Raises:
        ArchiveDoesNotFit: the placement was migrated since.
    """
    _require_current(arrival.tenant.placement, lock="FOR SHARE")
    with tenant_scope(arrival.tenant):
        for finish_import in IMPORT_FINISHERS.all().values():
            finish_import()
        AUDIT_LOG_ADOPTER.get()(new_ids=bool(arrival.ids))


_MIGRATIONS = "SELECT migrations FROM public.placements WHERE id = %s"


def _require_current(placement: Placement, *, lock: str = "") -> None:
    """Pass when the placement has the archive's tables and columns.

    Args:
        placement: where the tenant will live.
        lock: ``FOR SHARE`` to wait for a migration of it that is under way.

    Raises:
        ArchiveDoesNotFit: it lacks migrations, so what it has no columns for would be lost.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"{_MIGRATIONS} {lock}", [placement.pk])
        if cursor.fetchone() != (fingerprint.wanted(),):
            raise ArchiveDoesNotFit(
                f"{placement} lacks migrations of this release; run manage.py migrate_schemas."
            )


def _write(arrival: Arrival, table: OwnedTable, rows: Iterator[Row], progress: Progress) -> None:
    schema = arrival.tenant.schema_name
    types = _content_types(arrival.archive)
    numbered = {c for t, c in policy.content_type_columns(schema) if t == table.name}
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(schema, table.name),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in table.carried),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            there = renamed(row, table, arrival.ids)
            for column in numbered:
                there[column] = _content_type(there[column], types)
            copy.write_row([there[column.name] for column in table.carried])
            progress.advance()


def _content_types(archive: Archive) -> dict[str, str]:
    """The numbers of this installation, by those of the archive's."""
    ours = {name: number for number, name in policy.content_types().items()}
    theirs = archive.manifest["content_types"].items()
    return {number: ours[name] for number, name in theirs if name in ours}


def _content_type(number: str | None, types: Mapping[str, str]) -> str | None:
    if number is None:
        return None
    if number not in types:
        raise ArchiveDoesNotFit(f"The archive's content type {number} is unknown here.")
    return types[number]


def described(arrival: Arrival) -> dict[str, Any]:
    """What the operator's audit log says of it."""
    return {
        "slug": arrival.tenant.slug,
        "tier": arrival.tenant.tier,
        "exported_at": arrival.archive.manifest["exported_at"],
        "new_ids": bool(arrival.ids),
    }


def require_no_files(tenant_id: UUID) -> None:
    """Pass when the tenant's id has no files here, so that they can be removed without harm.

    Raises:
        ArchiveDoesNotFit: it has.
    """
    if folder_of(tenant_id).exists():
        raise ArchiveDoesNotFit(
            f"There is a folder of files for {tenant_id} already; look into it."
        )


def _write_files(arrival: Arrival) -> None:
    for path in arrival.archive.manifest["files"]:
        try:
            target = make_folder(arrival.tenant.pk) / path
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with target.open("xb") as file:
                for chunk in arrival.archive.content(path):
                    file.write(chunk)
        except OSError as error:
            # As on a full disk, or where a file system tells no capitals from small letters.
            why = error.strerror or error
            raise ArchiveDoesNotFit(f"The file {path[:100]!r} cannot be written: {why}.") from error


def discard(tenant: Tenant, progress: Progress) -> None:
    """Remove the files, and the placement of its own, of a tenant that did not come."""
    remove_files(tenant.pk)
    placement = tenant.placement
    if placement.kind == PlacementKind.DEDICATED and not placement.tenants.exists():
        drop_schema(placement.schema_name, progress)
        placement.delete()
