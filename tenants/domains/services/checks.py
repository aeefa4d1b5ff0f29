"""Verifying domains by what DNS says of them.

DNS is asked between transactions and never inside one: an answer may take seconds, and a
transaction holds one of the pool's few connections. That a domain is proven is written in
the operator's scope, as the database lets no tenant's scope do it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from iac_platform.cache import ledger
from iac_platform.common import audit
from iac_platform.common.access import access_policy
from tenants.context import tenant_scope
from tenants.domains import lookup
from tenants.domains.proof import what_is_missing
from tenants.errors import DomainNotProven, DomainTaken, NothingToProve, TooManyChecks
from tenants.models import Domain
from tenants.permissions import UPDATE_DOMAIN
from tenants.selectors import platform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from iac_platform.common.audit import Actor
    from tenants.domains.lookup import TextRecords

_log = structlog.get_logger(__name__)

# What was not proven is asked about hourly for two weeks, then only when its tenant asks.
_UNVERIFIED_EVERY = timedelta(hours=1)
_UNVERIFIED_FOR = timedelta(days=14)
# What is proven is asked about daily, and hourly once its record was missed.
_VERIFIED_EVERY = timedelta(days=1)
_MISSED_EVERY = timedelta(hours=1)
# Questions that wait for DNS at the same time; they hold no connection to the database.
_QUESTIONS_AT_ONCE = 16

TAKEN = "Another tenant has verified this domain. Remove it there first."


class Outcome(NamedTuple):
    """What a check of one domain came to.

    Attributes:
        domain: as it is now.
        newly_verified: whether this check verified it.
        newly_missed: whether it is verified and this check missed its record first.
        unwritten: why nothing could be written down; empty if it was.
    """

    domain: Domain
    newly_verified: bool = False
    newly_missed: bool = False
    unwritten: str = ""


def verify_domain(domain: Domain, *, actor: Actor, source: TextRecords | None = None) -> Domain:
    """Ask DNS for the proof that a domain is its tenant's; with it, the domain is served.

    A domain that is verified stays so: without its record it is flagged to the operator.
    Call it in the tenant's scope and outside of any transaction.

    Args:
        domain: one that was added, not the platform's own address.
        actor: who asks.
        source: who knows DNS; the configured name servers by default.

    Raises:
        NotPermitted: the actor may not verify it.
        NothingToProve: the platform or the operator gave the domain.
        TooManyChecks: the tenant has asked too often.
        DomainNotProven: DNS does not hold the proof; the detail says what it holds.
        DomainTaken: it does, but another tenant has verified the name.
        CacheUnavailable: checks cannot be counted now.
    """
    access_policy().require(actor, UPDATE_DOMAIN, domain)
    if domain.is_primary or domain.is_former or not domain.challenge:
        raise NothingToProve("The platform or its operator gave this address; it is served.")
    count_check()
    missing = what_is_missing(domain, source or lookup.configured())
    outcome = record_check(domain, missing, actor=actor)
    if outcome is None:
        raise NothingToProve("It was removed or vouched for while DNS was asked.")
    if missing:
        raise DomainNotProven(missing)
    if outcome.domain.verified_at is None:
        raise DomainTaken(TAKEN)
    return outcome.domain


def check_all(
    domains: Iterable[Domain], *, actor: Actor, source: TextRecords | None = None
) -> Iterator[Outcome]:
    """Check each domain, several at once, and write down what came of it.

    A tenant that cannot be written to just now, because it moves or is being erased, holds up
    nobody else; its domains stay due.
    """
    asked, known = list(domains), source or lookup.configured()
    with ThreadPoolExecutor(_QUESTIONS_AT_ONCE) as pool:
        answers = pool.map(lambda domain: what_is_missing(domain, known), asked)
        for domain, missing in zip(asked, answers, strict=True):
            try:
                yield record_check(domain, missing, actor=actor) or Outcome(domain)
            except DatabaseError as error:
                _log.warning("domain_check_unwritten", domain=domain.domain, exc_info=True)
                yield Outcome(domain, unwritten=str(error).strip())


def due_domains() -> QuerySet[Domain]:
    """The domains whose check is due, longest unchecked first; in the operator's scope."""
    now = timezone.now()
    unverified = Q(verified_at__isnull=True, created_at__gt=now - _UNVERIFIED_FOR)
    verified = Q(verified_at__isnull=False)
    due = (
        (unverified & _unchecked_since(now - _UNVERIFIED_EVERY))
        | (verified & _unchecked_since(now - _VERIFIED_EVERY))
        | (verified & ~Q(failure="") & _unchecked_since(now - _MISSED_EVERY))
    )
    return (
        Domain.objects.select_related("tenant__placement")
        .filter(due, is_primary=False, redirects_until__isnull=True)
        .exclude(challenge="")
        .order_by("checked_at", "created_at")
    )


def _unchecked_since(moment: object) -> Q:
    return Q(checked_at__isnull=True) | Q(checked_at__lte=moment)


@transaction.atomic
def record_check(domain: Domain, missing: str, *, actor: Actor) -> Outcome | None:
    """Write down what a check found, and verify the domain if nothing is missing.

    Not by ``changing``: the row is written in the operator's scope, the entry belongs to the
    tenant's log, and a name that another tenant wins meanwhile is a result, not an error.

    Args:
        domain: as it was when DNS was asked.
        missing: what the check missed; empty if nothing.
        actor: who had it checked.

    Returns:
        What came of it; None when the domain was removed or vouched for meanwhile.
    """
    with tenant_scope(platform()):
        fresh = (
            Domain.objects.select_for_update(of=("self",))
            .select_related("tenant__placement")
            .filter(pk=domain.pk, challenge=domain.challenge)
            .first()
        )
        if fresh is None:
            return None
        outcome = _write(fresh, missing)
    if outcome.newly_verified:
        with tenant_scope(fresh.tenant):
            proven = {"verified_at": [None, outcome.domain.verified_at]}
            audit.record("domain.verify", fresh, actor=actor, changes=proven)
    return outcome


def _write(domain: Domain, missing: str) -> Outcome:
    was_verified, was_missed = domain.verified_at is not None, bool(domain.failure)
    domain.checked_at, domain.failure = timezone.now(), missing
    if was_verified or missing:
        domain.save(update_fields=["checked_at", "failure"])
        return Outcome(domain, newly_missed=was_verified and bool(missing) and not was_missed)
    domain.verified_at = domain.checked_at
    try:
        with transaction.atomic():  # the index on verified names lets one tenant win
            domain.save(update_fields=["checked_at", "failure", "verified_at"])
    except IntegrityError:
        domain.verified_at, domain.failure = None, TAKEN
        domain.save(update_fields=["checked_at", "failure"])
        return Outcome(domain)
    return Outcome(domain, newly_verified=True)


def count_check() -> None:
    """Count a question to DNS that somebody of the tenant wants asked now.

    Raises:
        TooManyChecks: there were too many.
        CacheUnavailable: it cannot be counted.
    """
    limit = settings.DOMAIN_CHECKS
    (count,) = ledger.count("domain-checks", [("all", 1, limit["seconds"])])
    if count.value > limit["checks"]:
        raise TooManyChecks(
            f"DNS is asked at most {limit['checks']} times in {limit['seconds'] // 60} minutes. "
            "Unverified domains are also checked every hour without asking.",
            retry_after=max(1, round(count.resets_in)),
        )
