"""``manage.py verify_domains``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.domains.records import proof_of
from tenants.domains.services.domains import add_domain
from tenants.models import Domain, Tenant, Tier
from tenants.tenants.services import rename_tenant
from tests.tenants.domains.dns_server import DnsServer, text
from tests.throwaway import platform

if TYPE_CHECKING:
    from datetime import datetime

    from tests.tenants.domains.conftest import Zone
    from tests.throwaway import ThrowawayTenants

NAME = "infra.customer.example"
ACTOR = SystemActor("tests")


@pytest.fixture
def domain(tenant: Tenant, zone: Zone) -> Domain:
    """A domain whose record is set, and nobody has asked for it."""
    with tenant_scope(tenant):
        added = add_domain(tenant, domain=NAME, actor=ACTOR)
    proof = proof_of(NAME, added.challenge)
    zone[proof.name] = text(proof.value)
    return added


@pytest.fixture
def former(tenant: Tenant) -> str:
    """A former address whose time is over."""
    with tenant_scope(platform()):
        old = Domain.objects.get(tenant=tenant, is_primary=True)
        rename_tenant(tenant, slug="initech", actor=ACTOR)
        over = timezone.now() - timedelta(minutes=1)
        Domain.objects.filter(pk=old.pk).update(redirects_until=over)
    return old.domain


def fresh(domain: Domain) -> Domain:
    with tenant_scope(platform()):
        return Domain.objects.get(pk=domain.pk)


def run(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    call_command("verify_domains", *options)
    return capsys.readouterr().out.splitlines()


def test_it_verifies_sweeps_and_says_so_once(
    domain: Domain, former: str, name_server: DnsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys) == [
        f"{NAME} (initech): verified",
        f"{former}: redirects no more",
        "1 domains checked, 1 former addresses removed",
    ]
    assert fresh(domain).verified_at
    assert len(name_server.asked) == 1
    assert run(capsys) == ["0 domains checked, 0 former addresses removed"]
    assert len(name_server.asked) == 1


def test_a_dry_run_asks_and_writes_nothing(
    domain: Domain, former: str, name_server: DnsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "--dry-run") == [
        f"{NAME} (initech): would be checked",
        f"{former} (initech): would be removed",
    ]
    assert name_server.asked == []
    assert fresh(domain).checked_at is None
    with tenant_scope(platform()):
        assert Domain.objects.filter(domain=former).exists()


def test_a_record_that_is_gone_is_told_once_and_the_domain_stays(
    domain: Domain, name_server: DnsServer, zone: Zone, capsys: pytest.CaptureFixture[str]
) -> None:
    del name_server
    run(capsys)
    zone.clear()
    for reported in (True, False):
        with tenant_scope(platform()):
            Domain.objects.filter(pk=domain.pk).update(checked_at=timezone.now() - timedelta(2))
        lines = run(capsys)
        assert any("still served, but: DNS knows no" in line for line in lines) is reported
    assert fresh(domain).verified_at


def test_one_run_is_bounded(
    domain: Domain, tenant: Tenant, name_server: DnsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with tenant_scope(tenant):
        later = add_domain(tenant, domain="later.customer.example", actor=ACTOR)
    run(capsys, "--limit", "1")
    assert len(name_server.asked) == 1
    assert fresh(domain).checked_at
    assert fresh(later).checked_at is None


def test_a_tenant_that_cannot_be_written_to_holds_up_nobody_else(
    committed_tenants: ThrowawayTenants,
    name_server: DnsServer,
    zone: Zone,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It moves, or its erasure was interrupted; its own domain is verified afterwards."""
    del name_server
    moving, other = committed_tenants(Tier.STANDARD), committed_tenants(Tier.STANDARD)
    for tenant, name in ((moving, "a.moving.example"), (other, "b.other.example")):
        with tenant_scope(tenant):
            proof = proof_of(name, add_domain(tenant, domain=name, actor=ACTOR).challenge)
        zone[proof.name] = text(proof.value)
    _fence(moving, timezone.now() + timedelta(hours=1))
    held_up, served, summary = run(capsys)
    assert held_up.startswith(f"a.moving.example ({moving.slug}): asked, but not written down")
    assert served == f"b.other.example ({other.slug}): verified"
    assert summary == "2 domains checked, 0 former addresses removed"
    _fence(moving, None)
    assert run(capsys)[0] == f"a.moving.example ({moving.slug}): verified"


def _fence(tenant: Tenant, until: datetime | None) -> None:
    with as_owner():
        Tenant.objects.filter(pk=tenant.pk).update(writes_fenced_until=until)
