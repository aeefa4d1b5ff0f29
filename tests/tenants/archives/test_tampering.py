"""An archive that is not what was exported is refused, and nothing is written."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from django.db import transaction

from rbac.models import AuditEntry, Team
from tenants.archives.format import ArchiveDoesNotFit, BadArchive
from tenants.archives.importing import refused_rows, verified
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.errors import ReservedSlug, SlugTaken
from tenants.files import folder_of
from tenants.models import Domain, Placement, Tenant, Tier
from tests.command_line import manage
from tests.tenants.archives.conftest import Silence
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.throwaway import ThrowawayTenants

    Furnished = Callable[[str], Tenant]
    BringIn = Callable[..., Tenant]

Members = dict[str, bytes]
USERS, FILE = "tables/users.jsonl", "files/plans/first.bin"


def _manifest(members: Members, change: Callable[[Any], None]) -> None:
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    members["manifest.json"] = json.dumps(manifest).encode()


def _rewritten(members: Members, content: bytes, **facts: Any) -> None:
    """Other rows, with a manifest that fits them: what a forger does."""
    members[USERS] = content

    def change(manifest: Any) -> None:
        table = next(each for each in manifest["tables"] if each["name"] == "users")
        table["bytes"] = len(content)
        table["sha256"] = hashlib.sha256(content).hexdigest()
        table.update(facts)

    _manifest(members, change)


def _lines(members: Members) -> list[bytes]:
    return members[USERS].splitlines(keepends=True)


def _row(members: Members, **values: Any) -> None:
    first, *rest = _lines(members)
    row = {**json.loads(first), **values}
    _rewritten(members, b"".join([json.dumps(row).encode() + b"\n", *rest]))


def _flip(members: Members, name: str) -> None:
    content = bytearray(members[name])
    content[len(content) // 2] ^= 1
    members[name] = bytes(content)


def _set(name: str, value: Any) -> Callable[[Members], None]:
    return lambda members: _manifest(members, lambda manifest: manifest.update({name: value}))


def _file(path: str) -> Callable[[Members], None]:
    def act(members: Members) -> None:
        members[f"files/{path}"] = content = members.pop(FILE)
        facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        _manifest(members, lambda manifest: manifest.update(files={path: facts}))

    return act


def _files(members: Members, *paths: str) -> None:
    content = members.pop(FILE)
    facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    members.update({f"files/{path}": content for path in paths})
    _manifest(members, lambda manifest: manifest.update(files=dict.fromkeys(paths, facts)))


def _table(**facts: Any) -> Callable[[Members], None]:
    return lambda members: _manifest(members, lambda m: m["tables"][0].update(facts))


def _tenant(**facts: Any) -> Callable[[Members], None]:
    return lambda members: _manifest(members, lambda m: m["tenant"].update(facts))


def _add_table(members: Members) -> None:
    def change(manifest: Any) -> None:
        facts = {**manifest["tables"][0], "name": "extra", "rows": 0, "bytes": 0}
        manifest["tables"].append({**facts, "sha256": hashlib.sha256().hexdigest()})

    members["tables/extra.jsonl"] = b""
    _manifest(members, change)


def _bomb(members: Members) -> None:
    """A kilobyte that unpacks to far more than the manifest says."""
    members[USERS] = b"\n" * 50_000_000


BAD: dict[str, Callable[[Members], Any]] = {
    "a changed row": lambda m: _flip(m, USERS),
    "a changed file": lambda m: _flip(m, FILE),
    "a row less": lambda m: m.update({USERS: b"".join(_lines(m)[1:])}),
    "a row less, with its sums": lambda m: _rewritten(
        m, b"".join(m[USERS].splitlines(keepends=True)[1:])
    ),
    "a row twice, with its sums": lambda m: _rewritten(m, m[USERS] + _lines(m)[0]),
    "no manifest": lambda m: m.pop("manifest.json"),
    "a manifest that is no JSON": lambda m: m.update({"manifest.json": b"{"}),
    "a manifest nested without end": lambda m: m.update({"manifest.json": b"[" * 100_000}),
    "another format": _set("format", 2),
    "a format that is text": _set("format", "1"),
    "a member too many": lambda m: m.update({"extra.txt": b""}),
    "a member too few": lambda m: m.pop(USERS),
    "an entry too many": _set("note", "hello"),
    "another tenant's row": lambda m: _row(m, tenant_id="00000000-0000-4000-8000-000000000001"),
    "a column too many": lambda m: _row(m, is_superuser="true"),
    "a value that is no text": lambda m: _row(m, username=1),
    "a row that is no object": lambda m: _rewritten(m, b"[]\n", rows=1),
    "half a row": lambda m: _rewritten(m, b'{"id":', rows=1),
    "a tenant without a UUID": _tenant(id="1"),
    "a tenant's id in capitals": _tenant(id="AAAAAAAA-0000-4000-8000-000000000001"),
    "a path that climbs": _file("../other/first.bin"),
    "an absolute path": _file("/etc/first.bin"),
    "a path with a backslash": _file("..\\first.bin"),
    "a name that no file system takes": _file("x" * 256),
    "a name of few characters and too many bytes": _file("\u00e9" * 128),
    "a path that no file system takes": _file("/".join(["x" * 200] * 20)),
    "a file that is a folder for another": lambda m: _files(m, "plans", "plans/first.bin"),
    "a file that is a folder two levels up": lambda m: _files(m, "a", "a-b", "a/b/c"),
    "a tenant's name that is no text": _tenant(name="\ud800"),
    "a tenant's name with a NUL": _tenant(name="Acme\x00"),
    "content types that are no names": _set("content_types", {"1": []}),
    "sizes below zero": _table(bytes=-1),
    "a bomb": _bomb,
}
UNFIT: dict[str, Callable[[Members], Any]] = {
    "other migrations": _set("migrations", "0" * 64),
    "an unknown table": _add_table,
    "an unknown plan": _tenant(plan="unheard-of"),
    "a value that is no text": lambda m: _row(m, full_name="\ud800"),
    "a value with a NUL": lambda m: _row(m, full_name="Ada\x00"),
    "a value of another type": lambda m: _row(m, created_at="yesterday noon"),
    "a reference to nothing": lambda m: _row(m, id="11111111-2222-4333-8444-555555555555"),
    "unknown content types": _set("content_types", {}),
}


def _tampered(path: Path, tamper: Callable[[Members], Any]) -> Path:
    with ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    tamper(members)
    other = path.with_suffix(".tampered.zip")
    with ZipFile(other, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return other


def _traces() -> tuple[Any, ...]:
    with tenant_scope(platform()):
        return (
            sorted(Tenant.objects.values_list("slug", flat=True)),
            Domain.objects.count(),
            sorted(Placement.objects.values_list("schema_name", flat=True)),
            AuditEntry.objects.count(),
        )


def _assert_refused(
    bring_in: BringIn, path: Path, error: type[Exception], *, tier: str, **options: Any
) -> None:
    before = _traces()
    with pytest.raises(error):
        bring_in(path, **{"slug": "tmp-forged", "tier": tier, "new_ids": True, **options})
    assert _traces() == before


@pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.ENTERPRISE])
def test_what_was_tampered_with_is_refused(
    furnished: Furnished,
    export: Callable[..., Path],
    bring_in: BringIn,
    subtests: pytest.Subtests,
    tier: str,
) -> None:
    path = export(furnished(Tier.STANDARD))
    for kinds, error in ((BAD, BadArchive), (UNFIT, ArchiveDoesNotFit)):
        for kind, tamper in kinds.items():
            with subtests.test(kind):
                _assert_refused(bring_in, _tampered(path, tamper), error, tier=tier)
    names = ("x" * 255, "\u00e9" * 127, "a/b", "a-b/c", "A/b")
    whole = _tampered(path, lambda members: _files(members, *names))
    twin = bring_in(whole, slug="tmp-twin", tier=tier, new_ids=True)
    assert twin.tier == tier
    folder = folder_of(twin.pk)
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert found == set(names)


def test_a_symbolic_link_is_refused(
    furnished: Furnished, export: Callable[..., Path], bring_in: BringIn
) -> None:
    path = export(furnished(Tier.STANDARD))
    other = path.with_suffix(".linked.zip")
    with ZipFile(path) as archive, ZipFile(other, "w") as linked:
        for info in archive.infolist():
            copied = ZipInfo(info.filename)
            copied.external_attr = (0o120777 if info.filename == FILE else 0o600) << 16
            linked.writestr(copied, archive.read(info))
    _assert_refused(bring_in, other, BadArchive, tier=Tier.STANDARD)


def test_bytes_that_were_damaged_are_refused_wherever_they_stand(
    furnished: Furnished, export: Callable[..., Path], subtests: pytest.Subtests
) -> None:
    """Also in what the ZIP format says of itself; what is not refused is as it was exported."""
    path = export(furnished(Tier.STANDARD))
    whole = path.read_bytes()
    with verified(path, Silence()) as archive:
        manifest = archive.manifest
    damaged = path.with_suffix(".damaged.zip")
    for place in range(0, len(whole), len(whole) // 200):
        with subtests.test(place=place):
            damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
            with suppress(BadArchive), verified(damaged, Silence()) as archive:
                assert archive.manifest == manifest


@pytest.mark.parametrize("bit", ["encrypted", "another compression"])
def test_what_is_not_compressed_as_ours_is_refused(
    furnished: Furnished, export: Callable[..., Path], bring_in: BringIn, bit: str
) -> None:
    path = export(furnished(Tier.STANDARD))
    other = path.with_suffix(".other.zip")
    with ZipFile(path) as archive, ZipFile(other, "w", ZIP_BZIP2) as written:
        for name in archive.namelist():
            written.writestr(name, archive.read(name))
    if bit == "encrypted":
        # The flag of each entry of the central directory (APPNOTE.TXT, section 4.3.12).
        other.write_bytes(
            re.sub(rb"(?<=PK\x01\x02.{4})\x00", b"\x01", path.read_bytes(), flags=re.DOTALL)
        )
    _assert_refused(bring_in, other, BadArchive, tier=Tier.STANDARD)


def test_what_is_no_archive_is_refused(bring_in: BringIn, tmp_path: Path) -> None:
    path = tmp_path / "some.zip"
    path.write_bytes(b"PK\x03\x04 and then nothing of the kind")
    _assert_refused(bring_in, path, BadArchive, tier=Tier.STANDARD)


def test_names_and_ids_that_are_taken_are_refused(
    furnished: Furnished, export: Callable[..., Path], bring_in: BringIn
) -> None:
    tenant = furnished(Tier.STANDARD)
    path = export(tenant)
    tier = Tier.STANDARD
    _assert_refused(bring_in, path, SlugTaken, tier=tier, slug=tenant.slug)
    _assert_refused(bring_in, path, ReservedSlug, tier=tier, slug="admin")
    _assert_refused(bring_in, path, ArchiveDoesNotFit, tier=tier, new_ids=False)


def test_what_is_refused_only_at_the_commit_is_refused_as_clearly(
    committed_tenants: ThrowawayTenants,
) -> None:
    """As on a distributed database, which checks keys no earlier whatever is set."""
    tenant = committed_tenants(Tier.STANDARD)
    nobody = uuid4()
    with (
        as_owner(),
        tenant_scope(tenant),
        pytest.raises(ArchiveDoesNotFit, match=f"refused what is in it.*{nobody}"),
        refused_rows(),
        transaction.atomic(),
    ):
        Team.objects.create(name="Builders", parent_id=nobody)
    with tenant_scope(tenant):
        assert not Team.objects.exists()


def test_a_file_that_cannot_be_written_is_named_and_nothing_stays(
    furnished: Furnished, export: Callable[..., Path], tmp_path: Path
) -> None:
    path = export(furnished(Tier.STANDARD))
    large = _tampered(path, lambda members: _large_file(members, "plans/large.bin"))
    before = _traces()
    files = tmp_path / "elsewhere"
    command = ("import_tenant", str(large), "--slug", "tmp-full", "--new-ids", "--tier", "standard")
    ran = manage(*command, largest_file=2**20, env={"FILES_ROOT": str(files)})
    assert ran.returncode == 1
    assert "'plans/large.bin' cannot be written: File too large" in ran.stderr
    assert _traces() == before
    assert list(files.iterdir()) == []


def _large_file(members: Members, path: str) -> None:
    members[FILE] = bytes(range(256)) * 2**13
    _files(members, path)
