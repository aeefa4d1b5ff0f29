"""What operators do with tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from iac_platform.common.changes import changing, create, require_valid
from tenants import errors
from tenants.domains.services.addresses import change_address, give_address
from tenants.lifecycle import services as lifecycle
from tenants.models import (
    DEFAULT_PLAN,
    PLATFORM_SLUG,
    PLATFORM_TENANT_ID,
    OperationKind,
    Placement,
    PlacementKind,
    PlacementStatus,
    Tenant,
    TenantStatus,
    Tier,
)
from tenants.permissions import CREATE_TENANT, UPDATE_TENANT
from tenants.provisioning.placements import dedicated_placement
from tenants.provisioning.pools import choose_pool
from tenants.provisioning.services import activate
from tenants.queue import enqueue
from tenants.service_plans.services import find_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor

# Hosts that a browser, a mail server or the platform itself expects under the base domain.
RESERVED_SLUGS = frozenset(
    {"www", "api", "admin", "mail", "smtp", "ftp", "static", "docs", "status", "public", "sso"}
)


def ensure_platform() -> Tenant:
    """The operator's own tenant, made on the first call. Runs as the owner."""
    placement, _ = Placement.objects.get_or_create(
        schema_name=PLATFORM_SLUG, defaults={"kind": PlacementKind.PLATFORM}
    )
    tenant, _ = Tenant.objects.get_or_create(
        id=PLATFORM_TENANT_ID,
        defaults={
            "slug": PLATFORM_SLUG,
            "name": "Platform operator",
            "tier": Tier.ENTERPRISE,
            "placement": placement,
        },
    )
    give_address(tenant)
    return tenant


@transaction.atomic
def create_tenant(
    *,
    slug: str,
    name: str,
    tier: str = Tier.STANDARD,
    plan: str = DEFAULT_PLAN,
    invite: str = "",
    actor: Actor,
) -> Tenant:
    """Create a tenant; it is active at once when its placement stands ready.

    Otherwise it stays ``provisioning`` until the provisioner has made the placement.
    With ``invite``, the e-mail address of its first admin, it waits as ``invited`` for them
    to accept. Call it in the platform's scope, where the audit entry belongs.

    Raises:
        NotPermitted: the actor may not create tenants.
        SlugTaken: another tenant has the slug.
        ReservedSlug: the platform uses the slug itself.
        UnknownPlan: there is no such plan; the detail lists those that exist.
        InvalidTenant: a field does not fit; the detail says which and why.
    """
    tenant = Tenant(slug=slug, name=name, tier=tier, plan=find_plan(plan), invitee=invite)
    validate_new(tenant)
    tenant.placement = choose_pool() if tier == Tier.STANDARD else dedicated_placement(slug)
    create(tenant, actor=actor, permission=CREATE_TENANT, describe=_described)
    give_address(tenant)
    if tenant.placement.status == PlacementStatus.READY:
        activate(tenant)
    else:
        enqueue(OperationKind.PROVISION, tenant, actor=actor)
    return tenant


def validate_new(tenant: Tenant) -> None:
    """Pass when the slug is free to use for a customer and the fields fit.

    Raises:
        ReservedSlug, InvalidTenant: they do not.
    """
    _require_free(tenant.slug)
    require_valid(tenant)


def _require_free(slug: str) -> None:
    if slug in RESERVED_SLUGS or slug == PLATFORM_SLUG:
        raise errors.ReservedSlug(f"{slug!r} is a host of the platform; choose another.")


def _described(tenant: Tenant) -> dict[str, Any]:
    """What the audit log says of a new tenant."""
    return {"slug": tenant.slug, "name": tenant.name, "tier": tenant.tier}


@transaction.atomic
def update_tenant(
    tenant: Tenant, *, actor: Actor, changes: Mapping[str, Any], revision: int | None = None
) -> Tenant:
    """Change a tenant's name, plan, status or slug; nothing without a difference.

    Args:
        tenant: the tenant to change.
        actor: who changes it.
        changes: new values for ``name``, ``plan``, ``status`` (``active`` or ``suspended``)
            and ``slug``; with a new slug the tenant moves to a new address.
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        NotPermitted: the actor may not change tenants.
        RevisionConflict: the tenant changed since.
        WrongStatus: its status does not allow the new one.
        PlatformIsFixed: the operator's own tenant would be suspended or renamed.
        UnknownPlan: there is no such plan; the detail lists those that exist.
        InvalidTenant: a value does not fit.
        SlugTaken, ReservedSlug: the new slug is not to be had.
    """
    if "status" in changes:
        status = TenantStatus(changes["status"])
        tenant = lifecycle.switch(tenant, status, actor=actor, revision=revision)
        revision = tenant.revision
    with changing(tenant, actor=actor, permission=UPDATE_TENANT, revision=revision) as draft:
        slug = draft.slug
        draft.name = changes.get("name", draft.name)
        draft.slug = changes.get("slug", draft.slug)
        if "plan" in changes:
            draft.plan = find_plan(changes["plan"])
        if draft.slug != slug:
            _require_movable_address(draft)
    if draft.slug != slug:
        change_address(draft)
    return draft


def rename_tenant(
    tenant: Tenant, *, slug: str, actor: Actor, revision: int | None = None
) -> Tenant:
    """Give a tenant another slug: ``update_tenant`` with that change alone.

    The new address is served at once. The old one redirects to it for
    ``settings.FORMER_ADDRESS_DAYS`` and stays out of others' reach until then. Sessions
    belong to a host, so people sign in anew; tokens go on working.
    """
    return update_tenant(tenant, actor=actor, changes={"slug": slug}, revision=revision)


def _require_movable_address(tenant: Tenant) -> None:
    if tenant.is_platform:
        raise errors.PlatformIsFixed("The operator's address stays where it is.")
    _require_free(tenant.slug)
