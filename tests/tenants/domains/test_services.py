"""From a name noted down to a domain that is served, and everything in between."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import ObjectNotFound
from rbac.models import AuditEntry
from tenants import errors
from tenants.context import tenant_scope
from tenants.domains.records import proof_of
from tenants.domains.services.checks import (
    TAKEN,
    check_all,
    due_domains,
    record_check,
    verify_domain,
)
from tenants.domains.services.domains import add_domain, remove_domain, vouch_for_domain
from tenants.models import Domain, Tenant, Tier
from tests.rbac.access.concurrency import overtaken
from tests.tenants.domains.dns_server import Answer, DnsServer, text
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from tests.conftest import Api, Rivals
    from tests.tenants.domains.conftest import Zone
    from tests.throwaway import ThrowawayTenants

NAME = "infra.customer.example"
ACTOR = SystemActor("tests")
OPEN_TRANSACTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND usename = 'iac_app' AND xact_start IS NOT NULL"
)

pytestmark = pytest.mark.usefixtures("name_server", "no_checks_yet")


def add(tenant: Tenant, name: str = NAME) -> Domain:
    with tenant_scope(tenant):
        return add_domain(tenant, domain=name, actor=ACTOR)


def verify(domain: Domain) -> Domain:
    with tenant_scope(domain.tenant):
        return verify_domain(domain, actor=ACTOR)


def prove(zone: Zone, *domains: Domain) -> None:
    """Set the proof of each domain, beside what else stands there."""
    for domain in domains:
        proof = proof_of(domain.domain, domain.challenge)
        known = zone.get(proof.name, Answer(((b"v=spf1 -all",),)))
        zone[proof.name] = Answer((*known.texts, (proof.value.encode(),)))


def is_served(name: str) -> bool:
    return Client(HTTP_HOST=name).get("/login/").status_code == 200


def in_operators_eyes(domain: Domain) -> Domain:
    with tenant_scope(platform()):
        return Domain.objects.select_related("tenant__placement").get(pk=domain.pk)


def change(domain: Domain, **values: Any) -> None:
    with tenant_scope(platform()):
        Domain.objects.filter(pk=domain.pk).update(**values)


def check(*domains: Domain) -> list[Any]:
    with tenant_scope(platform()):
        return list(check_all([in_operators_eyes(each) for each in domains], actor=ACTOR))


def test_a_domain_is_served_once_dns_proves_it(tenant: Tenant, zone: Zone) -> None:
    domain = add(tenant, f" {NAME.upper()}. ")
    assert (domain.domain, domain.is_primary, domain.verified_at) == (NAME, False, None)
    assert re.fullmatch(r"[0-9a-f]{40}", domain.challenge)
    with pytest.raises(errors.DomainNotProven, match="NXDOMAIN"):
        verify(domain)
    assert not is_served(NAME)
    prove(zone, domain)
    assert verify(domain).verified_at
    assert is_served(NAME)
    with tenant_scope(tenant):
        remove_domain(Domain.objects.get(pk=domain.pk), actor=ACTOR)
        log = AuditEntry.objects.filter(subject_id=str(domain.pk)).order_by("created_at", "id")
        actions = list(log.values_list("action", flat=True))
        assert actions == ["domain.create", "domain.verify", "domain.delete"]
    assert not is_served(NAME)


def test_of_two_who_remove_a_domain_the_second_is_told_that_it_is_gone(tenant: Tenant) -> None:
    domain = add(tenant)
    stale = in_operators_eyes(domain)
    with tenant_scope(tenant):
        remove_domain(domain, actor=ACTOR)
        with pytest.raises(ObjectNotFound, match="does not exist"):
            remove_domain(stale, actor=ACTOR)
        assert AuditEntry.objects.filter(action="domain.delete").count() == 1


def test_no_two_challenges_are_the_same(tenant: Tenant) -> None:
    assert len({add(tenant, f"n{number}.example.com").challenge for number in range(5)}) == 5


@pytest.mark.parametrize(
    "published",
    [
        "iac-verify={challenge}0",
        " iac-verify={challenge}",
        "{challenge}",
        "IAC-VERIFY={challenge}",
        "iac-verify={other}",
        "iac-verify=",
    ],
)
def test_only_the_exact_proof_proves(tenant: Tenant, zone: Zone, published: str) -> None:
    domain, other = add(tenant), add(tenant, "other.customer.example")
    proof = proof_of(NAME, domain.challenge)
    zone[proof.name] = text(published.format(challenge=domain.challenge, other=other.challenge))
    with pytest.raises(errors.DomainNotProven, match=r"1 TXT record, but none says exactly"):
        verify(domain)
    seen = in_operators_eyes(domain)
    assert seen.verified_at is None
    assert proof.value in seen.failure
    assert seen.checked_at
    prove(zone, domain)
    assert verify(domain).failure == ""


def test_one_tenants_proof_proves_nothing_for_another(rivals: Rivals, zone: Zone) -> None:
    """Whoever noted the name down first or last: DNS says whose it is."""
    strangers, owners = add(rivals.attacker), add(rivals.victim)
    prove(zone, owners)
    with pytest.raises(errors.DomainNotProven, match="none says exactly"):
        verify(strangers)
    assert verify(owners).verified_at
    with pytest.raises(errors.DomainNotProven, match="none says exactly"):
        verify(strangers)
    # Nobody is told in a tenant's scope that another has the name.
    with tenant_scope(rivals.attacker):
        remove_domain(strangers, actor=ACTOR)
    assert add(rivals.attacker).verified_at is None


def test_of_two_that_prove_a_name_one_wins_and_the_other_is_told(
    rivals: Rivals, zone: Zone
) -> None:
    first, second = add(rivals.attacker), add(rivals.victim)
    prove(zone, first, second)
    assert verify(first).verified_at
    with pytest.raises(errors.DomainTaken, match="Another tenant has verified"):
        verify(second)
    assert in_operators_eyes(second).failure == TAKEN
    with tenant_scope(rivals.attacker):
        remove_domain(first, actor=ACTOR)
    assert verify(second).verified_at


@pytest.mark.parametrize("tiers", [(Tier.STANDARD,) * 2, (Tier.STANDARD, Tier.ENTERPRISE)])
def test_of_two_that_prove_a_name_at_once_exactly_one_wins(
    committed_tenants: ThrowawayTenants, zone: Zone, tiers: tuple[str, str]
) -> None:
    domains = [add(committed_tenants(tier)) for tier in tiers]
    prove(zone, *domains)
    together, ends = threading.Barrier(2), {}

    def race(domain: Domain) -> None:
        try:
            together.wait(30)
            verify(domain)
            ends[domain.tenant_id] = "verified"
        except errors.DomainTaken:
            ends[domain.tenant_id] = "taken"
        finally:
            connections.close_all()

    threads = [threading.Thread(target=race, args=(domain,)) for domain in domains]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends.values()) == ["taken", "verified"]
    verified = [domain for domain in domains if in_operators_eyes(domain).verified_at]
    assert [ends[domain.tenant_id] for domain in verified] == ["verified"]


def test_no_transaction_is_open_while_dns_is_asked(
    committed_tenants: ThrowawayTenants, zone: Zone, superuser_url: str, api: Api
) -> None:
    """Seen from the name server, at the moment it is asked."""
    tenant, open_transactions = committed_tenants(), []
    domain, client = add(tenant), api(tenant)

    def look() -> None:
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            open_transactions.extend(superuser.execute(OPEN_TRANSACTIONS).fetchall())

    proof = proof_of(NAME, domain.challenge)
    zone[proof.name] = Answer(((proof.value.encode(),),), first=look)
    assert client.post(f"/api/v1/domains/{domain.pk}/verify/").status_code == 200
    assert len(check(domain)) == 1
    assert open_transactions == [(0,), (0,)]
    # The look itself sees one that is open.
    with transaction.atomic():
        Tenant.objects.count()
        look()
    assert open_transactions[-1] == (1,)


def test_what_waits_for_verification_is_bounded(rivals: Rivals, settings: Settings) -> None:
    with tenant_scope(rivals.attacker):  # other tests may have left some
        most = Domain.objects.filter(verified_at__isnull=True).count() + 2
    settings.UNVERIFIED_DOMAINS = most
    waiting = [add(rivals.attacker, f"n{number}.example.com") for number in range(2)]
    with pytest.raises(errors.TooManyDomains, match=f"{most} domains wait"):
        add(rivals.attacker, "n3.example.com")
    assert add(rivals.victim, "n3.example.com").verified_at is None
    with tenant_scope(rivals.attacker):
        remove_domain(waiting[0], actor=ACTOR)
    assert add(rivals.attacker, "n3.example.com").verified_at is None


def test_of_two_names_at_once_one_takes_the_last_place(
    committed_tenants: ThrowawayTenants, settings: Settings
) -> None:
    settings.UNVERIFIED_DOMAINS = 1
    tenant = committed_tenants(Tier.STANDARD)

    def note(name: str) -> Callable[[], Domain]:
        return lambda: add_domain(tenant, domain=name, actor=ACTOR)

    first, second = note("first.example.com"), note("second.example.com")
    assert overtaken(tenant, first=first, second=second) == "too-many-domains"
    with tenant_scope(tenant):
        assert Domain.objects.filter(is_primary=False).count() == 1


def test_checks_are_bounded_for_each_tenant_on_its_own(
    rivals: Rivals, zone: Zone, settings: Settings, name_server: DnsServer
) -> None:
    settings.DOMAIN_CHECKS = {"checks": 2, "seconds": 600}
    first, second = add(rivals.attacker), add(rivals.victim)
    for _ in range(2):
        with pytest.raises(errors.DomainNotProven, match="NXDOMAIN"):
            verify(first)
    asked = len(name_server.asked)
    prove(zone, first)
    with pytest.raises(errors.TooManyChecks, match="at most 2 times in 10 minutes") as refused:
        verify(first)
    assert 0 < refused.value.extra["retry_after"] <= 600
    assert len(name_server.asked) == asked
    zone.clear()
    prove(zone, second)
    assert verify(second).verified_at


def test_the_platforms_own_addresses_need_no_proof_and_stay(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        primary = Domain.objects.get(is_primary=True)
        with pytest.raises(errors.NothingToProve, match="gave this address; it is served"):
            verify_domain(primary, actor=ACTOR)
        with pytest.raises(errors.PrimaryDomainStays, match="is the address of its tenant"):
            remove_domain(primary, actor=ACTOR)
        assert Domain.objects.filter(pk=primary.pk).exists()


@pytest.mark.parametrize("length", [238, 239])
def test_a_name_leaves_room_for_that_of_its_proof(tenant: Tenant, length: int) -> None:
    label = "x" * 60
    name = ".".join([label] * 3 + ["y" * (length - 3 * 61 - 8)]) + ".example"
    assert len(name) == length
    if length == 238:
        assert len(proof_of(add(tenant, name).domain, "").name) == 253
    else:
        with pytest.raises(errors.InvalidDomain, match="at most 238"):
            add(tenant, name)


def test_a_domain_is_had_once(tenant: Tenant, zone: Zone) -> None:
    domain = add(tenant)
    with pytest.raises(errors.DomainTaken, match="The name is taken"):
        add(tenant)
    prove(zone, domain)
    verify(domain)
    with pytest.raises(errors.DomainTaken, match="is in use already"):
        add(tenant)


def test_what_is_removed_while_dns_is_asked_stays_removed(tenant: Tenant, zone: Zone) -> None:
    domain = add(tenant)
    gone = in_operators_eyes(domain)
    prove(zone, domain)
    with tenant_scope(tenant):
        remove_domain(domain, actor=ACTOR)
        with pytest.raises(errors.NothingToProve, match="removed"):
            verify_domain(gone, actor=ACTOR)
        assert not Domain.objects.filter(domain=NAME).exists()


def test_what_is_vouched_for_while_dns_is_asked_is_not_flagged(tenant: Tenant) -> None:
    asked = in_operators_eyes(add(tenant))
    with tenant_scope(platform()):
        vouch_for_domain(asked, actor=ACTOR)
        assert record_check(asked, "There was no record.", actor=ACTOR) is None
    assert in_operators_eyes(asked).failure == ""


def test_a_verified_domain_without_its_record_is_flagged_and_stays(
    tenant: Tenant, zone: Zone
) -> None:
    domain = add(tenant)
    prove(zone, domain)
    verify(domain)
    zone.clear()
    assert [outcome.newly_missed for outcome in check(domain) + check(domain)] == [True, False]
    assert "NXDOMAIN" in in_operators_eyes(domain).failure
    assert is_served(NAME)
    prove(zone, domain)
    assert [outcome.newly_verified for outcome in check(domain)] == [False]
    assert in_operators_eyes(domain).failure == ""


def test_a_check_by_the_platform_verifies_and_is_in_the_tenants_log(
    tenant: Tenant, zone: Zone
) -> None:
    domain = add(tenant)
    prove(zone, domain)
    assert [outcome.newly_verified for outcome in check(domain)] == [True]
    with tenant_scope(tenant):
        assert AuditEntry.objects.filter(action="domain.verify", subject_id=str(domain.pk)).exists()


@pytest.mark.parametrize(
    ("state", "due"),
    [
        ({}, True),
        ({"checked_at": timedelta(minutes=50)}, False),
        ({"checked_at": timedelta(minutes=70)}, True),
        ({"created_at": timedelta(days=15)}, False),
        ({"verified_at": timedelta(), "checked_at": timedelta(hours=23)}, False),
        ({"verified_at": timedelta(), "checked_at": timedelta(hours=25)}, True),
        ({"verified_at": timedelta(), "checked_at": timedelta(hours=2), "failure": "gone"}, True),
        ({"verified_at": timedelta(), "challenge": ""}, False),
        ({"verified_at": timedelta(), "redirects_until": timedelta(days=-9)}, False),
    ],
)
def test_a_check_is_due_when_it_is(tenant: Tenant, state: dict[str, Any], due: bool) -> None:
    domain, now = add(tenant), timezone.now()
    values = {
        name: now - value if isinstance(value, timedelta) else value
        for name, value in state.items()
    }
    if values:
        change(domain, **values)
    with tenant_scope(platform()):
        found = due_domains().filter(tenant=tenant)
        assert list(found) == ([domain] if due else [])


def test_the_operators_word_stands_in_for_dns(rivals: Rivals, zone: Zone) -> None:
    first, second = add(rivals.attacker), add(rivals.victim)
    with tenant_scope(platform()):
        assert vouch_for_domain(first, actor=ACTOR).verified_at
        assert first not in due_domains()
        with pytest.raises(errors.DomainTaken, match="already"):
            vouch_for_domain(second, actor=ACTOR)
        # There the operator is told, who sees all.
        with pytest.raises(errors.DomainTaken, match="is in use already"):
            add_domain(rivals.victim, domain=NAME, actor=ACTOR)
    assert is_served(NAME)
    prove(zone, second)
    with pytest.raises(errors.DomainTaken, match="Another tenant has verified this domain"):
        verify(second)
