"""What was exported is what is imported: elsewhere with its ids, or here with new ones."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import psycopg
import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone
from psycopg import sql

from blueprints.catalog.models import Project
from blueprints.catalog.permissions import VIEW_PROJECT
from blueprints.catalog.services.projects import create_project
from rbac.access.holdings import Limits, Period
from rbac.models import ApiToken, AuditEntry, RoleGrant, SupportAccess, Team, User
from rbac.selectors import user_by_id
from rbac.services.grants import grant_role
from rbac.services.roles import find_role
from rbac.services.teams import add_member, create_team
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.files import folder_of
from tenants.isolation.catalog import check
from tenants.models import Tenant, Tier
from tenants.quotas.recounting import recount
from tests.api_client import ApiClient
from tests.conftest import ACTOR
from tests.rbac.audit.conftest import Log
from tests.services import ROOT, Services, copy_database
from tests.tenants.furnished import Contents, contents
from tests.throwaway import ThrowawayTenants, platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Furnished = Callable[[str], Tenant]
    Export = Callable[..., Path]
    BringIn = Callable[..., Tenant]

BOTH_TIERS = pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.ENTERPRISE])
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What an import adds or leaves out.
_DIFFERENT = {
    "access_stamps",
    "device_authorizations",
    "email_domains",
    "emails",
    "invitations",
    "login_events",
    "oidc_client_secrets",
    "oidc_requests",
    "oidc_sessions",
    "oidc_tokens",
    "oidc_used_tokens",
    "recovery_codes",
    "saml_logouts",
    "saml_requests",
    "saml_service_provider_keys",
    "saml_sessions",
    "saml_used_messages",
    "second_factors",
    "sessions",
    "sign_in_policies",
    "support_accesses",
}


def _texts(path: Path) -> str:
    with ZipFile(path) as archive:
        return "\n".join(
            archive.read(name).decode() for name in archive.namelist() if name.endswith(".jsonl")
        )


@pytest.fixture
def elsewhere(services: Services) -> Iterator[str]:
    """The database of another installation."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"{services.prefix}_elsewhere_{worker}"
    copy_database(services, services.template, name)
    try:
        yield name
    finally:
        with psycopg.connect(services.admin_url, autocommit=True) as admin:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            admin.execute(drop)


def _import_elsewhere(services: Services, name: str, *arguments: str, files: Path) -> str:
    return _manage_elsewhere(
        services, name, "import_tenant", *arguments, variables={"FILES_ROOT": str(files)}
    )


def _manage_elsewhere(
    services: Services, name: str, *command: str, variables: dict[str, str] | None = None
) -> str:
    environment = {**os.environ, **services.environment(name, 0), **(variables or {})}
    done = subprocess.run(  # noqa: S603  # our own manage.py
        [sys.executable, "manage.py", *command],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _contents_elsewhere(url: str, tables: Contents, tenant: Tenant) -> Contents:
    """The same rows as text, of a tenant in the other database."""
    with psycopg.connect(url) as there:
        return {table: _rows(there, table, tenant) for table in tables}


def _rows(there: psycopg.Connection[Any], table: str, tenant: Tenant) -> list[str]:
    home = there.execute(
        "SELECT schema_name FROM tenants t JOIN placements p ON p.id = placement_id "
        "WHERE t.id = %s",
        [tenant.pk],
    )
    ((schema,),) = home.fetchall()
    columns = there.execute(
        "SELECT column_name::text FROM information_schema.columns WHERE table_schema = %s "
        "AND table_name = %s AND is_identity = 'NO' ORDER BY ordinal_position",
        [schema, table],
    )
    names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns)
    statement = sql.SQL("SELECT ROW({})::text FROM {} WHERE tenant_id = %s")
    rows = there.execute(statement.format(names, sql.Identifier(schema, table)), [tenant.pk])
    return sorted(row for (row,) in rows)


@BOTH_TIERS
def test_into_another_installation_with_the_same_ids(
    furnished: Furnished,
    export: Export,
    services: Services,
    elsewhere: str,
    tmp_path: Path,
    tier: str,
) -> None:
    tenant, neighbour = furnished(tier), furnished(tier)
    before = contents(tenant.schema_name, tenant.pk)
    path = export(tenant)
    other = {Tier.STANDARD: Tier.ENTERPRISE, Tier.ENTERPRISE: Tier.STANDARD}[Tier(tier)]
    files = tmp_path / "elsewhere"
    output = _import_elsewhere(services, elsewhere, str(path), "--tier", other, files=files)
    assert f"tenant {tenant.slug}: imported" in output
    after = _contents_elsewhere(services.owner_url(elsewhere), before, tenant)
    assert before.keys() > _DIFFERENT
    for table in before.keys() - _DIFFERENT:
        assert after[table] == before[table], table
    for table in _DIFFERENT - {"access_stamps", "support_accesses"}:
        assert after[table] == [] != before[table]
    output = _manage_elsewhere(services, elsewhere, "verify_audit", "--tenant", tenant.slug)
    assert f"tip {Log(tenant).verify().tip}" in output
    copied = files / str(tenant.pk) / "plans" / "first.bin"
    assert copied.read_bytes() == (folder_of(tenant.pk) / "plans" / "first.bin").read_bytes()
    assert str(neighbour.pk) not in _texts(path)


@BOTH_TIERS
def test_beside_the_original_with_new_ids(
    furnished: Furnished, export: Export, bring_in: BringIn, tier: str
) -> None:
    tenant = furnished(tier)
    before = contents(tenant.schema_name, tenant.pk)
    path = export(tenant)
    for number, target in enumerate((Tier.STANDARD, Tier.ENTERPRISE)):
        twin = bring_in(path, slug=f"{tenant.slug}-{number}", tier=target, new_ids=True)
        assert (twin.tier, twin.name) == (target, tenant.name)
        after = contents(twin.schema_name, twin.pk)
        assert after["api_tokens"] == after["scim_tokens"] == after["audit_cuts"] == []
        for table in before.keys() - _DIFFERENT - {"api_tokens", "scim_tokens", "audit_cuts"}:
            # The log begins a chain of its own, and says so.
            more = 1 if table in {"audit_entries", "audit_links"} else 0
            assert len(after[table]) == len(before[table]) + more, table
        log = Log(twin)
        assert log.faults() == []
        old, new = (set(_UUID.findall(json.dumps(each))) for each in (before, after))
        assert str(tenant.pk) in old
        assert str(twin.pk) in new
        shared = old & new
        with as_owner():
            assert check() == []
        keys = _keys(tenant)
        assert not shared & keys, "no row of the original is named"
        with tenant_scope(twin):
            assert recount(repair=False) == []
            owner = User.objects.get(username="owner")
            assert AuditEntry.objects.filter(actor_id=owner.audit_id).exists()
            anew = AuditEntry.objects.get(action="audit.begin_anew")
            assert anew.changes == {"imported_tip": str(Log(tenant).verify().tip)}
            assert not SupportAccess.objects.live().exists()
            output = list(LogEntry.objects.order_by("id"))
            assert [entry.object_repr for entry in output] == ["thing 0", "thing 1", "thing 2"]
            assert all(entry.user_id == owner.pk for entry in output)
            _, token = create_token(owner, name="new", actor=ACTOR)
        assert ApiClient(twin, token=token).get("/api/v1/blueprints/").json()["results"]
    assert contents(tenant.schema_name, tenant.pk) == before, "the original is as it was"


def _keys(tenant: Tenant) -> set[str]:
    with tenant_scope(tenant):
        models: tuple[Any, ...] = (User, ApiToken, AuditEntry)
        return {str(key) for model in models for key in model.objects.values_list("pk", flat=True)}


def test_nested_teams_and_limited_grants_mean_the_same_with_new_ids(
    committed_tenants: ThrowawayTenants, export: Export, bring_in: BringIn
) -> None:
    """Their ids stand in arrays: of a team's ancestors, and of a grant's projects."""
    tenant = committed_tenants(Tier.STANDARD)
    with tenant_scope(tenant):
        una = create_user(username="una", actor=ACTOR)
        whole = create_team(name="Whole", actor=ACTOR)
        middle = create_team(name="Middle", parent=whole, actor=ACTOR)
        add_member(create_team(name="Part", parent=middle, actor=ACTOR), una, actor=ACTOR)
        projects = [
            create_project(name=name, actor=ACTOR).pk for name in ("A", "B", "C", "D", "other")
        ]
        limits = Limits(projects=frozenset(projects[:4]))
        grant_role(whole, find_role("viewer"), limits=limits, actor=ACTOR)
    twin = bring_in(export(tenant), slug=f"{tenant.slug}-twin", new_ids=True)
    for each in (tenant, twin):
        with tenant_scope(each):
            reader = user_by_id(User.objects.get(username="una").pk)
            seen = Project.objects.permitted(reader, VIEW_PROJECT)
            assert set(seen.values_list("name", flat=True)) == {"A", "B", "C", "D"}
            # Granted again, it is the same grant, in whatever order its projects stand.
            again = Limits(projects=frozenset(seen.values_list("pk", flat=True)))
            ends = Period(expires_at=timezone.now() + timedelta(days=1))
            whole = Team.objects.get(name="Whole")
            grant_role(whole, find_role("viewer"), limits=again, period=ends, actor=ACTOR)
            assert RoleGrant.objects.filter(team=whole).count() == 1


def test_without_credentials_there_is_not_even_a_hash(
    furnished: Furnished, export: Export, bring_in: BringIn
) -> None:
    tenant = furnished(Tier.STANDARD)
    with tenant_scope(tenant):
        owner = User.objects.get(username="owner")
        owner.set_password("correct horse battery")
        owner.save()
        secrets = {owner.password, *ApiToken.objects.values_list("digest", flat=True)}
    path = export(tenant, credentials=False)
    assert not [secret for secret in secrets if secret in _texts(path)]
    twin = bring_in(path, slug=f"{tenant.slug}-twin", new_ids=True)
    with tenant_scope(twin):
        copy = User.objects.get(username="owner")
        assert not copy.has_usable_password()


def test_sessions_and_invitations_never_leave(furnished: Furnished, export: Export) -> None:
    tenant = furnished(Tier.STANDARD)
    with ZipFile(export(tenant)) as archive:
        names = archive.namelist()
        assert not [name for name in names if "session" in name or "invitation" in name]
        assert archive.testzip() is None


def test_exports_and_imports_are_in_the_operators_log(
    furnished: Furnished, export: Export, bring_in: BringIn
) -> None:
    tenant = furnished(Tier.STANDARD)
    twin = bring_in(export(tenant), slug=f"{tenant.slug}-twin", new_ids=True)
    with tenant_scope(platform()):
        for action, subject in (("tenant.export", tenant), ("tenant.import", twin)):
            assert AuditEntry.objects.filter(action=action, subject_id=str(subject.pk)).exists()


def test_an_archive_is_for_its_owners_eyes_and_replaces_nothing(
    furnished: Furnished, export: Export
) -> None:
    tenant = furnished(Tier.STANDARD)
    path = export(tenant)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError, match=r"File exists|exists"):
        export(tenant)


def test_a_dry_run_writes_nothing(
    furnished: Furnished, export: Export, bring_in: BringIn, committed_tenants: ThrowawayTenants
) -> None:
    del committed_tenants
    tenant = furnished(Tier.STANDARD)
    path = export(tenant)
    before = Tenant.objects.count()
    assert bring_in(path, slug=f"{tenant.slug}-twin", new_ids=True, dry_run=True).slug
    assert Tenant.objects.count() == before


@pytest.mark.parametrize("trap", ["a link to another file", "a file that all may read"])
def test_what_stands_in_the_way_of_an_archive_gets_none_of_it(
    furnished: Furnished, export: Export, tmp_path: Path, trap: str
) -> None:
    """As somebody else may have prepared it, in a folder that several people write to."""
    tenant = furnished(Tier.STANDARD)
    other = tmp_path / "other"
    other.write_text("precious")
    unfinished = tmp_path / f"{tenant.slug}.zip.unfinished"
    if trap == "a link to another file":
        unfinished.symlink_to(other)
    else:
        other.chmod(0o666)
        unfinished.hardlink_to(other)
    path = export(tenant)
    assert other.read_text() == "precious"
    assert (path.is_symlink(), path.stat().st_mode & 0o777) == (False, 0o600)
    assert not unfinished.exists()
