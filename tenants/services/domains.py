"""What operators do with tenants' host names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.db import IntegrityError, transaction
from django.utils import timezone

from iac_platform.common import audit
from tenants.errors import DomainTaken, InvalidDomain, PrimaryDomainStays
from tenants.models import Domain

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor
    from tenants.models import Tenant

_is_host_name = DomainNameValidator(accept_idna=False)


@transaction.atomic
def add_domain(tenant: Tenant, *, domain: str, actor: Actor) -> Domain:
    """Give a tenant a further host name; it is served once it is verified.

    Args:
        tenant: whose host it will be.
        domain: a host name in ASCII, without port; capitals become small letters.
        actor: the operator.

    Raises:
        InvalidDomain: it is not a host name, or one of the platform's own.
        DomainTaken: a tenant has it already.
    """
    name = domain.strip().lower().removesuffix(".")
    _require_foreign_host_name(name)
    if Domain.objects.filter(domain=name, verified_at__isnull=False).exists():
        raise DomainTaken(f"{name} is in use already.")
    try:
        with transaction.atomic():
            added = Domain.objects.create(domain=name, tenant=tenant)
    except IntegrityError as error:
        raise DomainTaken(f"{name} is in use already.") from error
    audit.record("domain.create", added, actor=actor, changes={"tenant": tenant.slug})
    return added


@transaction.atomic
def verify_domain(domain: Domain, *, actor: Actor) -> Domain:
    """Mark a domain as belonging to its tenant; requests to it are the tenant's from now on."""
    fresh = Domain.objects.select_for_update(of=("self",)).get(pk=domain.pk)
    if fresh.verified_at is None:
        fresh.verified_at = timezone.now()
        fresh.save(update_fields=["verified_at"])
        audit.record("domain.verify", fresh, actor=actor)
    return fresh


@transaction.atomic
def remove_domain(domain: Domain, *, actor: Actor) -> None:
    """Take a host name away from its tenant; it is served no more.

    Raises:
        PrimaryDomainStays: it is the tenant's own address under the base domain.
    """
    if domain.is_primary:
        raise PrimaryDomainStays(f"{domain} is the address of its tenant.")
    audit.record("domain.delete", domain, actor=actor, changes={"tenant": domain.tenant.slug})
    domain.delete()


def _require_foreign_host_name(name: str) -> None:
    try:
        _is_host_name(name)
    except ValidationError as error:
        raise InvalidDomain(
            f"{name!r} is not a host name. Write it without scheme, port and path, "
            "for instance infra.example.com; international names in their xn-- form."
        ) from error
    own = settings.BASE_DOMAIN
    if name == own or name.endswith(f".{own}"):
        raise InvalidDomain(f"Names under {own} belong to the platform; each tenant has its own.")
