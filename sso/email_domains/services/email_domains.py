"""Saying which e-mail domains lead to which identity provider, and proving that they are one's own.

DNS is asked between transactions, as of tenants' host names (``tenants.domains``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from iac_platform.common.access import access_policy
from iac_platform.common.changes import changing, create, deleting
from rbac.services.access import lock_access
from sso.email_domains.errors import InvalidEmailDomain, TooManyEmailDomains
from sso.email_domains.models import MAX_FAILURE, EmailDomain
from sso.email_domains.permissions import (
    CREATE_EMAIL_DOMAIN,
    DELETE_EMAIL_DOMAIN,
    UPDATE_EMAIL_DOMAIN,
)
from sso.provisioning.providers import find_provider
from tenants.domains import lookup
from tenants.domains.proof import what_is_missing
from tenants.domains.records import new_challenge
from tenants.domains.services.checks import count_check
from tenants.domains.services.domains import foreign_host_name
from tenants.errors import DomainNotProven, InvalidDomain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from iac_platform.common.audit import Actor
    from sso.provisioning.external import Provider
    from tenants.domains.lookup import TextRecords

MOST_DOMAINS = 100


def create_email_domain(
    *, domain: str, provider_kind: str, provider_id: UUID | None, actor: Actor
) -> EmailDomain:
    """Note an e-mail domain down; it leads people once it is verified.

    Args:
        domain: what stands after the @, in any script.
        provider_kind: the protocol of the identity provider that it leads to.
        provider_id: of its configuration, in the current tenant.
        actor: who adds it.

    Raises:
        NotPermitted: the actor may not add any.
        InvalidEmailDomain: it is no domain, or there is no such provider.
        EmailDomainTaken: the tenant has it already.
        TooManyEmailDomains: there are as many as a tenant may have.
    """
    added = EmailDomain(domain=_named(domain), challenge=new_challenge())
    _lead(added, provider_kind, provider_id)
    return create(
        added,
        actor=actor,
        permission=CREATE_EMAIL_DOMAIN,
        quota_check=lambda: _require_room(actor),
        describe=_described,
    )


def update_email_domain(
    domain: EmailDomain, *, actor: Actor, changes: Mapping[str, Any], revision: int | None = None
) -> EmailDomain:
    """Have a domain lead to another identity provider: ``provider_kind`` and ``provider_id``.

    Raises:
        EmailDomainNotFound: it was deleted meanwhile.
        NotPermitted, RevisionConflict: the actor may not, or it changed since.
        InvalidEmailDomain: there is no such provider.
    """
    with changing(
        domain,
        actor=actor,
        permission=UPDATE_EMAIL_DOMAIN,
        revision=revision,
        describe=_described,
    ) as draft:
        if changes:
            kind = changes.get("provider_kind", draft.provider_kind)
            _lead(draft, kind, changes.get("provider_id", draft.provider_id))
    return draft


def delete_email_domain(domain: EmailDomain, *, actor: Actor, revision: int | None = None) -> None:
    """Lead nobody by a domain any more.

    Raises:
        EmailDomainNotFound, NotPermitted, RevisionConflict: see ``update_email_domain``.
    """
    with deleting(domain, actor=actor, permission=DELETE_EMAIL_DOMAIN, revision=revision):
        pass


def verify_email_domain(
    domain: EmailDomain, *, actor: Actor, source: TextRecords | None = None
) -> EmailDomain:
    """Ask DNS for the proof that a domain is the tenant's; with it, people are led by it.

    What is verified stays so. Call it outside of any transaction.

    Args:
        domain: which one.
        actor: who asks.
        source: who knows DNS; the configured name servers by default.

    Raises:
        EmailDomainNotFound, NotPermitted: it was deleted, or the actor may not verify it.
        TooManyChecks: the tenant has asked too often, host names counted.
        DomainNotProven: DNS does not hold the proof; the detail says what it holds.
        CacheUnavailable: checks cannot be counted now.
    """
    access_policy().require(actor, UPDATE_EMAIL_DOMAIN, domain)
    count_check()
    missing = what_is_missing(domain, source or lookup.configured())
    with changing(
        domain,
        actor=actor,
        permission=UPDATE_EMAIL_DOMAIN,
        action="email_domain.verify",
        describe=lambda each: {"verified_at": each.verified_at},
    ) as draft:
        draft.checked_at, draft.failure = timezone.now(), missing[:MAX_FAILURE]
        if not missing and draft.verified_at is None:
            draft.verified_at = draft.checked_at
    if missing:
        raise DomainNotProven(missing)
    return draft


def forget_provider(provider: Provider) -> None:
    """Have domains lead nowhere whose identity provider goes; they stay verified."""
    led = EmailDomain.objects.filter(provider_kind=provider.kind, provider_id=provider.id)
    led.update(provider_kind="", provider_id=None)


def _named(text: str) -> str:
    try:
        return foreign_host_name(text)
    except InvalidDomain as error:
        raise InvalidEmailDomain.at("domain", error.detail) from error


def _lead(domain: EmailDomain, kind: str, provider_id: UUID | None) -> None:
    provider = find_provider(kind, provider_id) if provider_id is not None else None
    if provider is None:
        raise InvalidEmailDomain.at("provider_id", "There is no such identity provider.")
    domain.provider_kind, domain.provider_id = provider.kind, provider.id


def _require_room(actor: Actor) -> None:
    lock_access(actor)  # one at a time, or two would both find the last place free
    if EmailDomain.objects.count() >= MOST_DOMAINS:
        raise TooManyEmailDomains(f"A tenant has at most {MOST_DOMAINS}. Delete some first.")


def _described(domain: EmailDomain) -> dict[str, Any]:
    return {
        "domain": domain.domain,
        "provider": str(domain.provider_id) if domain.provider_id else None,
    }
