"""The addresses that the platform gives: ``<slug>.<base domain>``, and the former ones."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from iac_platform.common import audit
from tenants.errors import SlugTaken
from tenants.models import Domain

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from iac_platform.common.audit import Actor
    from tenants.models import Tenant


def give_address(tenant: Tenant) -> None:
    """Make ``<slug>.<base domain>`` the tenant's primary domain; idempotent.

    One of its own former addresses becomes the primary one again.

    Raises:
        SlugTaken: it is the former address of another tenant, which still redirects.
    """
    name = f"{tenant.slug}.{settings.BASE_DOMAIN}"
    if Domain.objects.filter(tenant=tenant, domain=name, is_primary=True).exists():
        return
    served = {"is_primary": True, "redirects_until": None, "verified_at": timezone.now()}
    try:
        Domain.objects.update_or_create(tenant=tenant, domain=name, defaults=served)
    except IntegrityError as error:
        raise SlugTaken(
            f"{name} was another tenant's address until lately and still redirects to it."
        ) from error


def change_address(tenant: Tenant) -> None:
    """Follow a new slug: its address is primary, the one before redirects for a while.

    Call it in the operator's scope, with the tenant locked and its new slug set.

    Raises:
        SlugTaken: see ``give_address``.
    """
    until = timezone.now() + timedelta(days=settings.FORMER_ADDRESS_DAYS)
    Domain.objects.filter(tenant=tenant, is_primary=True).update(
        is_primary=False, redirects_until=until
    )
    give_address(tenant)


def expired_addresses() -> QuerySet[Domain]:
    """The former addresses that redirect no more, but still keep their slug from others."""
    return Domain.objects.filter(redirects_until__lte=timezone.now()).select_related("tenant")


@transaction.atomic
def sweep_expired_redirects(*, actor: Actor) -> list[str]:
    """Remove the former addresses whose time is over, so that their slugs are free again.

    Call it in the operator's scope, where it is noted.

    Returns:
        The host names that were removed.
    """
    expired = list(expired_addresses().select_for_update(of=("self",), skip_locked=True))
    for domain in expired:
        audit.record("domain.delete", domain, actor=actor, changes={"tenant": domain.tenant.slug})
    Domain.objects.filter(pk__in=[domain.pk for domain in expired]).delete()
    return [domain.domain for domain in expired]
