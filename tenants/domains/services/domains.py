"""Tenants' host names: noted down, struck out, vouched for.

The proof by DNS is the business of ``domain_checks``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.db import connection
from django.utils import timezone

from iac_platform.common.changes import changing, create, deleting
from iac_platform.common.host_names import to_ascii
from tenants.domains.records import LONGEST_DOMAIN, new_challenge
from tenants.errors import DomainTaken, InvalidDomain, PrimaryDomainStays, TooManyDomains
from tenants.models import Domain
from tenants.permissions import CREATE_DOMAIN, DELETE_DOMAIN, VOUCH_FOR_DOMAIN

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor
    from tenants.models import Tenant

_is_host_name = DomainNameValidator(accept_idna=False)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('domains of ' || %s, 0))"


def add_domain(tenant: Tenant, *, domain: str, actor: Actor) -> Domain:
    """Note a further host name down for a tenant; it is served once it is verified.

    In a tenant's scope nothing is said of others, who may have noted down the same name,
    or verified it: only whoever controls the name in DNS is told (``verify_domain``).

    Args:
        tenant: whose host it will be.
        domain: a host name without port; capitals become small letters, and other scripts than
            ASCII the form that DNS has for them.
        actor: the operator, or an admin of the tenant.

    Raises:
        InvalidDomain: it is not a host name, or one of the platform's own.
        DomainTaken: the tenant has it already, or (told to the operator) another has.
        TooManyDomains: others of the tenant's wait for their verification.
    """
    added = Domain(domain=foreign_host_name(domain), tenant=tenant, challenge=new_challenge())
    return create(
        added,
        actor=actor,
        permission=CREATE_DOMAIN,
        quota_check=partial(_require_place, added),
        describe=_described,
    )


def vouch_for_domain(domain: Domain, *, actor: Actor) -> Domain:
    """Mark a domain as its tenant's on the operator's word; DNS is not asked, now or later.

    Raises:
        DomainTaken: another tenant has verified it.
    """
    with changing(domain, actor=actor, permission=VOUCH_FOR_DOMAIN, action="domain.vouch") as draft:
        if draft.verified_at is None:
            draft.verified_at = timezone.now()
            draft.challenge = draft.failure = ""
    return draft


def remove_domain(domain: Domain, *, actor: Actor) -> None:
    """Take a host name away from its tenant; it is served no more.

    Raises:
        NotPermitted: the actor may not remove it.
        PrimaryDomainStays: it is the tenant's own address under the base domain, or a
            former one that still redirects.
    """
    with deleting(domain, actor=actor, permission=DELETE_DOMAIN, describe=_described) as row:
        if row.is_primary or row.is_former:
            raise PrimaryDomainStays(f"{row} is the address of its tenant, or was until lately.")


def _described(domain: Domain) -> dict[str, Any]:
    """What the audit log says of it."""
    return {"tenant": domain.tenant.slug}


def _require_place(domain: Domain) -> None:
    """Refuse a name that another tenant has verified, or one more where too many wait."""
    _require_quota(domain.tenant)
    if Domain.objects.filter(domain=domain.domain, verified_at__isnull=False).exists():
        raise DomainTaken(f"{domain.domain} is in use already.")


def _require_quota(tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        # One at a time for each tenant, or two requests would both find the last place free.
        cursor.execute(_LOCK, [str(tenant.pk)])
    if tenant.domains.filter(verified_at__isnull=True).count() >= settings.UNVERIFIED_DOMAINS:
        raise TooManyDomains(
            f"{settings.UNVERIFIED_DOMAINS} domains wait to be verified, which is the most. "
            "Verify or remove one of them first."
        )


def foreign_host_name(text: str) -> str:
    """The name as DNS has it.

    Raises:
        InvalidDomain: it is not a host name, or one of the platform's own.
    """
    try:
        name = to_ascii(text.strip()).removesuffix(".")
        _is_host_name(name)
    except (ValidationError, ValueError) as error:
        raise InvalidDomain(
            f"{text.strip()!r} is not a host name. Write it without scheme, port and path, "
            "for instance infra.example.com or bücher.example."
        ) from error
    if len(name) > LONGEST_DOMAIN:
        raise InvalidDomain(f"The name is too long: at most {LONGEST_DOMAIN} characters fit.")
    own = settings.BASE_DOMAIN
    if name == own or name.endswith(f".{own}"):
        raise InvalidDomain(f"Names under {own} belong to the platform; each tenant has its own.")
    return name
