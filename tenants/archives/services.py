"""Writing a tenant into an archive, and making one from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from iac_platform.common import audit
from iac_platform.common.changes import create
from tenants.archives.exporting import write_archive
from tenants.archives.format import ArchiveDoesNotFit
from tenants.archives.importing import (
    Arrival,
    arriving_id,
    choose_ids,
    described,
    discard,
    finish,
    lasting_status,
    refused_rows,
    require_fit,
    require_no_files,
    verified,
    write_contents,
)
from tenants.contents import owned_tables
from tenants.context import tenant_scope
from tenants.domains.services.addresses import give_address
from tenants.errors import SlugTaken
from tenants.lifecycle.services import operators_scope
from tenants.models import (
    PLATFORM_TENANT_ID,
    Placement,
    PlacementKind,
    PlacementStatus,
    ServicePlan,
    Tenant,
    TenantStatus,
    Tier,
)
from tenants.permissions import CREATE_TENANT
from tenants.provisioning.placements import dedicated_placement, make_placement
from tenants.provisioning.pools import choose_pool, pool_with_capacity
from tenants.tenants.services import validate_new

if TYPE_CHECKING:
    from pathlib import Path

    from iac_platform.common.audit import Actor
    from tenants.archives.format import Manifest
    from tenants.archives.reading import Archive
    from tenants.erasure.progress import Progress


def export_tenant(
    tenant: Tenant, output: Path, *, credentials: bool = True, actor: Actor, progress: Progress
) -> Manifest:
    """Write a tenant into one file, and tell the operator's log. Runs as the owner.

    Raises:
        FileExistsError: there is such a file.
        UnknownContents: there are tables that nobody would know what to do with.
    """
    manifest = write_archive(tenant, output, credentials=credentials, progress=progress)
    platform = Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)
    with transaction.atomic(), tenant_scope(platform):
        rows = sum(table["rows"] for table in manifest["tables"])
        # Not called credentials: the log blacks out what is called so.
        changes = {"rows": rows, "with_hashes": credentials}
        audit.record("tenant.export", tenant, actor=actor, changes=changes)
    return manifest


def import_tenant(
    path: Path,
    *,
    slug: str | None = None,
    tier: str | None = None,
    new_ids: bool = False,
    dry_run: bool = False,
    actor: Actor,
    progress: Progress,
) -> Tenant:
    """Make a tenant from an archive: all of it, or nothing. Runs as the owner.

    Args:
        path: the archive.
        slug: the tenant's name here; by default the one it had.
        tier: the tier here; by default the one it had.
        new_ids: give it and all it owns new ids; its API tokens stay behind.
        dry_run: check everything and write nothing; the tenant is as it would be.
        actor: who imports it.
        progress: receives steps and rows.

    Raises:
        BadArchive: it is not what was exported.
        ArchiveDoesNotFit: this installation cannot take it.
        SlugTaken, ReservedSlug, InvalidTenant: as for any new tenant.
        PoolIsFull: others took the last places while it was imported.
    """
    with verified(path, progress) as archive:
        tables = owned_tables(_any_placement().schema_name)
        require_fit(archive, tables)
        ids = choose_ids(archive, tables, anew=new_ids)
        tenant = _described(archive, slug=slug, tier=tier)
        tenant.pk = arriving_id(archive, ids)
        _require_absent(tenant)
        if dry_run:
            return tenant
        tenant.placement = _placement(tenant)
        try:
            with refused_rows():
                _bring_in(Arrival(archive, tenant, ids), actor=actor, progress=progress)
        except BaseException:
            discard(tenant, progress)
            raise
    return tenant


def _require_absent(tenant: Tenant) -> None:
    """Refuse a tenant whose slug or id is taken here, or of which files were left behind."""
    validate_new(tenant)
    if Tenant.objects.filter(slug=tenant.slug).exists():
        raise SlugTaken(f"There is a tenant {tenant.slug!r} already; import it as another.")
    if Tenant.objects.filter(pk=tenant.pk).exists():
        raise ArchiveDoesNotFit(
            f"There is a tenant with the id {tenant.pk} already; import it with new ids."
        )
    require_no_files(tenant.pk)


@transaction.atomic
def _bring_in(arrival: Arrival, *, actor: Actor, progress: Progress) -> None:
    """First all that takes long, then the place in the pool: whoever takes one waits for it."""
    write_contents(arrival, progress)
    tenant = arrival.tenant
    if tenant.placement.kind == PlacementKind.POOL:
        pool_with_capacity(tenant.schema_name)
    with operators_scope():
        create(
            tenant,
            actor=actor,
            permission=CREATE_TENANT,
            action="tenant.import",
            describe=lambda _: described(arrival),
        )
        give_address(tenant)
    finish(arrival)


def _any_placement() -> Placement:
    """One whose tables are those of the release."""
    found = Placement.objects.filter(status=PlacementStatus.READY).order_by("pk").first()
    if found is None:
        raise ArchiveDoesNotFit("There is no placement; run manage.py migrate_schemas.")
    return found


def _described(archive: Archive, *, slug: str | None, tier: str | None) -> Tenant:
    facts = archive.manifest["tenant"]
    plan = ServicePlan.objects.filter(pk=facts["plan"]).first()
    if plan is None:
        raise ArchiveDoesNotFit(f"There is no plan {facts['plan']!r} here; make it first.")
    return Tenant(
        slug=slug or facts["slug"],
        name=facts["name"],
        tier=tier or facts["tier"],
        plan=plan,
        status=TenantStatus(lasting_status(facts["status"])),
    )


def _placement(tenant: Tenant) -> Placement:
    """A placement of the tenant's own, or a pool with room at this moment; ready."""
    if tenant.tier == Tier.STANDARD:
        with transaction.atomic():
            placement = choose_pool()
    else:
        placement = dedicated_placement(tenant.slug)
    if placement.status != PlacementStatus.READY:
        _make(placement)
        placement.refresh_from_db()
    return placement


def _make(placement: Placement) -> None:
    if not make_placement(placement):
        raise ArchiveDoesNotFit(f"{placement} could not be made; see its failure in the admin.")
