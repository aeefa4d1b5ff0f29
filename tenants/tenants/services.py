"""What operators do with tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from iac_platform.common import audit
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
from tenants.provisioning.placements import dedicated_placement
from tenants.provisioning.pools import choose_pool
from tenants.provisioning.services import activate
from tenants.queue import enqueue
from tenants.selectors import lock_tenant
from tenants.service_plans.services import find_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor

# What a change is called, where the audit log keeps the column rather than the object.
_COLUMNS = {"plan": "plan_id"}

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
        SlugTaken: another tenant has the slug.
        ReservedSlug: the platform uses the slug itself.
        UnknownPlan: there is no such plan; the detail lists those that exist.
        InvalidTenant: a field does not fit; the detail says which and why.
    """
    tenant = Tenant(slug=slug, name=name, tier=tier, plan=find_plan(plan), invitee=invite)
    validate_new(tenant)
    tenant.placement = choose_pool() if tier == Tier.STANDARD else dedicated_placement(slug)
    save_new(tenant)
    audit.record(
        "tenant.create", tenant, actor=actor, changes={"slug": slug, "name": name, "tier": tier}
    )
    if tenant.placement.status == PlacementStatus.READY:
        activate(tenant)
    else:
        enqueue(OperationKind.PROVISION, tenant, actor=actor)
    return tenant


@transaction.atomic
def save_new(tenant: Tenant) -> None:
    """Write a new tenant, which is valid and has its placement, and its first address.

    Raises:
        SlugTaken: another tenant has the slug.
    """
    try:
        with transaction.atomic():
            tenant.save(force_insert=True)
    except IntegrityError as error:
        raise errors.SlugTaken(f"A tenant with the slug {tenant.slug!r} exists already.") from error
    give_address(tenant)


def validate_new(tenant: Tenant) -> None:
    """Pass when the slug is free to use for a customer and the fields fit.

    Raises:
        ReservedSlug, InvalidTenant: they do not.
    """
    if tenant.slug in RESERVED_SLUGS or tenant.slug == PLATFORM_SLUG:
        raise errors.ReservedSlug(f"{tenant.slug!r} is a host of the platform; choose another.")
    try:
        tenant.clean_fields(exclude={"placement", "plan"})
    except ValidationError as error:
        problems = [
            {"pointer": f"/{field}", "code": "invalid", "detail": message}
            for field, messages in error.message_dict.items()
            for message in messages
        ]
        detail = " ".join(f"{p['pointer'][1:]}: {p['detail']}" for p in problems)
        raise errors.InvalidTenant(detail, errors=problems) from error


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
        RevisionConflict: the tenant changed since.
        WrongStatus: its status does not allow the new one.
        PlatformIsFixed: the operator's own tenant would be suspended or renamed.
        UnknownPlan: there is no such plan; the detail lists those that exist.
        InvalidTenant: a value does not fit.
        SlugTaken, ReservedSlug: the new slug is not to be had.
    """
    fresh = lock_tenant(tenant, "placement", revision=revision)
    if "status" in changes:
        fresh = lifecycle.switch(fresh, TenantStatus(changes["status"]), actor=actor)
    changes = {field: changes[field] for field in ("name", "plan", "slug") if field in changes}
    before = {field: getattr(fresh, _COLUMNS.get(field, field)) for field in changes}
    changed = audit.difference(before, changes)
    if not changed:
        return fresh
    fresh.name = changes.get("name", fresh.name)
    fresh.slug = changes.get("slug", fresh.slug)
    if "plan" in changes:
        fresh.plan = find_plan(changes["plan"])
    renamed = before.get("slug", fresh.slug) != fresh.slug
    (_validate_renamed if renamed else _validate_changed)(fresh)
    fresh.revision += 1
    _save_with_slug(fresh)
    if renamed:
        change_address(fresh)
    audit.record(
        "tenant.update",
        fresh,
        actor=actor,
        changes=changed,
    )
    return fresh


def rename_tenant(
    tenant: Tenant, *, slug: str, actor: Actor, revision: int | None = None
) -> Tenant:
    """Give a tenant another slug: ``update_tenant`` with that change alone.

    The new address is served at once. The old one redirects to it for
    ``settings.FORMER_ADDRESS_DAYS`` and stays out of others' reach until then. Sessions
    belong to a host, so people sign in anew; tokens go on working.
    """
    return update_tenant(tenant, actor=actor, changes={"slug": slug}, revision=revision)


def _save_with_slug(tenant: Tenant) -> None:
    try:
        with transaction.atomic():
            tenant.save()
    except IntegrityError as error:
        raise errors.SlugTaken(f"A tenant with the slug {tenant.slug!r} exists already.") from error


def _validate_renamed(tenant: Tenant) -> None:
    if tenant.is_platform:
        raise errors.PlatformIsFixed("The operator's address stays where it is.")
    validate_new(tenant)


def _validate_changed(tenant: Tenant) -> None:
    try:
        tenant.clean_fields(exclude={"placement", "plan", "slug"})
    except ValidationError as error:
        raise errors.InvalidTenant("; ".join(error.messages)) from error
