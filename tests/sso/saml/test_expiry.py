"""Operators are told how many configurations end soon, and of no tenant which."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app
from prometheus_client.parser import text_string_to_metric_families

from iac_platform.cache import shared_cache
from sso.saml.models import SamlConfiguration, ServiceProviderKey
from sso.saml.services.expiry import KINDS, WITHIN_DAYS, count_expiring
from sso.saml.tasks import COUNTED, count_expiring_configurations
from tenants.context import tenant_scope
from tenants.lifecycle.services import operators_scope
from tenants.models import Tenant, TenantStatus, Tier
from tests.sso.saml.test_warnings import expiring_in
from tests.sso.saml.visitors import configure

if TYPE_CHECKING:
    from tests.throwaway import ThrowawayTenants

_THEIRS, _OWN, _METADATA = KINDS
_DAY = timedelta(days=1)


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def here(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    """A tenant whose rows the owner sees."""
    return committed_tenants(request.param)


@pytest.fixture
def okta(here: Tenant) -> SamlConfiguration:
    """A configuration of which nothing ends."""
    return _configured(here, "okta")


def _configured(tenant: Tenant, slug: str, **values: Any) -> SamlConfiguration:
    configuration = configure(tenant, slug)
    _change(tenant, slug, **{"certificates": [expiring_in(90)], **values})
    return configuration


def _change(tenant: Tenant, slug: str, **values: Any) -> None:
    with tenant_scope(tenant):
        SamlConfiguration.objects.filter(slug=slug).update(**values)


def _counted() -> dict[tuple[str, str], float]:
    """What a scrape shows once the job has run."""
    count_expiring()
    return _shown()


def _shown() -> dict[tuple[str, str], float]:
    page = Client().get("/metrics", REMOTE_ADDR="127.0.0.1").text
    return {
        (sample.labels["kind"], sample.labels["within_days"]): sample.value
        for family in text_string_to_metric_families(page)
        if family.name == "iac_saml_configurations_expiring"
        for sample in family.samples
    }


def _more(before: dict[tuple[str, str], float], what: str) -> list[float]:
    """By how many of a kind there are more, within 0, 7 and 30 days; nothing else may differ."""
    now = _counted()
    differences = {key: now[key] - before[key] for key in now}
    assert not any(count for (kind, _), count in differences.items() if kind != what)
    return [differences[what, str(days)] for days in WITHIN_DAYS]


@pytest.mark.parametrize(
    ("days", "more"), [(-0.5, [1, 1, 1]), (6, [0, 1, 1]), (29, [0, 0, 1]), (31, [0, 0, 0])]
)
def test_certificates_of_identity_providers(
    here: Tenant, okta: SamlConfiguration, days: float, more: list[float]
) -> None:
    before = _counted()
    _change(here, okta.slug, certificates=[expiring_in(-0.5), expiring_in(days)])
    assert _more(before, _THEIRS) == more


def test_one_that_another_takes_over_from_counts_for_nothing(
    here: Tenant, okta: SamlConfiguration
) -> None:
    before = _counted()
    _change(here, okta.slug, certificates=[expiring_in(-0.5), expiring_in(3), expiring_in(90)])
    assert _more(before, _THEIRS) == [0, 0, 0]


@pytest.mark.parametrize(
    ("url", "days", "more"),
    [
        ("", 6, [0, 1, 1]),
        ("https://idp.example/", 6, [0, 0, 0]),
        ("https://idp.example/", 1, [0, 1, 1]),
    ],
)
def test_metadata_that_are_renewed_count_later(
    here: Tenant, okta: SamlConfiguration, url: str, days: int, more: list[float]
) -> None:
    before, ends = _counted(), timezone.now() + _DAY * days
    _change(here, okta.slug, metadata_url=url, metadata_valid_until=ends)
    assert _more(before, _METADATA) == more


def test_our_own_keys_count(here: Tenant, okta: SamlConfiguration) -> None:
    del okta
    before = _counted()
    with tenant_scope(here):
        ServiceProviderKey.objects.update(expires_at=timezone.now() + _DAY * 6)
    assert _more(before, _OWN) == [0, 1, 1]


@pytest.mark.parametrize("reason", ["disabled", "suspended"])
def test_what_nobody_signs_on_by_does_not_count(
    here: Tenant, okta: SamlConfiguration, reason: str
) -> None:
    before = _counted()
    _change(here, okta.slug, certificates=[expiring_in(6)], is_enabled=reason != "disabled")
    if reason == "suspended":
        with operators_scope():
            Tenant.objects.filter(pk=here.pk).update(status=TenantStatus.SUSPENDED)
    assert _more(before, _THEIRS) == [0, 0, 0]


def test_nothing_is_said_before_it_was_counted_and_by_no_tenant(okta: SamlConfiguration) -> None:
    del okta
    shared_cache.delete("saml", "expiring")
    assert _shown() == {}
    count_expiring_configurations()
    assert set(_shown()) == {(kind, str(days)) for kind in KINDS for days in WITHIN_DAYS}
    page = Client().get("/metrics", REMOTE_ADDR="127.0.0.1").text
    assert "tenant" not in page.partition("iac_saml_configurations_expiring")[2]


def test_the_provisioner_counts_once_an_hour() -> None:
    found = [
        periodic.cron
        for periodic in app.periodic_registry.periodic_tasks.values()
        if periodic.task.name == "saml.count_expiring"
    ]
    assert found == [COUNTED]
