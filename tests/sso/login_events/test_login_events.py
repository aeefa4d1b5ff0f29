"""The login log: what it keeps, and that nobody fills it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.utils import timezone

from sso.login_events import services
from sso.login_events.models import LoginEvent, Outcome
from sso.login_events.services import KEPT, Login, record_login
from sso.provisioning.external import Provider
from sso.provisioning.models import ProviderKind
from tenants.context import tenant_scope
from tests.admin_client import AdminClient

if TYPE_CHECKING:
    import pytest

    from tenants.models import Tenant
    from tests.conftest import Api, Person

OKTA = Provider(ProviderKind.SAML, uuid4(), "Okta")
REFUSED = Login(Outcome.REFUSED, code="expired", reason="It was valid until then.")


def test_an_event_says_what_came_of_a_sign_on(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    with tenant_scope(tenant):
        reference = record_login(OKTA, REFUSED, address="192.0.2.7")
    listed = client.get("/api/v1/sso/login-events/", {"reference": reference}).json()
    [event] = listed["results"]
    assert (event["code"], event["reason"]) == ("expired", "It was valid until then.")
    assert (event["provider_name"], event["address"]) == ("Okta", "192.0.2.7")
    assert "document" not in event
    assert client.get(f"/api/v1/sso/login-events/{event['id']}/").json()["document"] == ""


def test_what_is_too_long_is_cut_off(tenant: Tenant) -> None:
    long = Login(Outcome.REFUSED, code="c" * 99, reason="r" * 9999, document="d" * 99_999)
    with tenant_scope(tenant):
        record_login(OKTA, long, address=None)
        event = LoginEvent.objects.get()
    assert (len(event.code), len(event.reason), len(event.document)) == (64, 2000, 65536)
    assert KEPT - timedelta(minutes=1) < event.expires_at - timezone.now() <= KEPT


def test_a_flood_of_refusals_is_cut_off_and_sign_ons_are_not(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_REFUSALS", -1)
    with tenant_scope(tenant):
        assert record_login(OKTA, REFUSED, address=None) == "", "nobody finds it by a reference"
        assert not LoginEvent.objects.exists()
        record_login(OKTA, Login(Outcome.SIGNED_IN), address=None)
        assert LoginEvent.objects.count() == 1


def test_what_nobody_asked_for_uses_up_nothing_of_the_others(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_UNSOLICITED", -1)
    with tenant_scope(tenant):
        unasked = Login(Outcome.REFUSED, code="unsolicited-response", is_unsolicited=True)
        assert record_login(OKTA, unasked, address=None) == ""
        assert record_login(OKTA, REFUSED, address=None)


def test_refusals_of_one_kind_push_out_no_other(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_OF_CODE", 2)
    with tenant_scope(tenant):
        record_login(OKTA, REFUSED, address=None)
        for _ in range(3):
            record_login(OKTA, Login(Outcome.REFUSED, code="unsolicited-response"), address=None)
        codes = LoginEvent.objects.order_by("created_at").values_list("code", flat=True)
        assert list(codes) == ["expired", "unsolicited-response", "unsolicited-response"]


def test_the_newest_stay(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_EVENTS", 3)
    with tenant_scope(tenant):
        first = record_login(OKTA, Login(Outcome.SIGNED_IN), address=None)
        LoginEvent.objects.update(created_at=timezone.now() - timedelta(hours=1))
        others = [record_login(OKTA, Login(Outcome.SIGNED_IN), address=None) for _ in range(3)]
        kept = set(LoginEvent.objects.values_list("reference", flat=True))
    assert kept == set(others)
    assert first not in kept


def test_a_tenant_sees_its_own(rivals: Any) -> None:
    with tenant_scope(rivals.victim):
        record_login(OKTA, REFUSED, address=None)
        assert LoginEvent.objects.count() == 1
    with tenant_scope(rivals.attacker):
        assert not LoginEvent.objects.exists()


def test_one_network_does_not_use_up_the_others_refusals(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_REFUSALS_OF_NETWORK", 2)
    noisy, quiet = (str(IPv4Address(secrets.randbits(24) | 10 << 24)) for _ in range(2))
    with tenant_scope(tenant):
        # Other tests have counted in the same minute.
        monkeypatch.setattr(services, "MOST_REFUSALS", services._count("refused") + 3)  # noqa: SLF001  # where they stopped
        for _ in range(9):
            record_login(OKTA, REFUSED, address=noisy)
        record_login(OKTA, REFUSED, address=quiet)
        kept = LoginEvent.objects.order_by("created_at").values_list("address", flat=True)
        assert list(kept) == [noisy, noisy, quiet]


def test_refusals_push_no_sign_on_out_of_the_log(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_EVENTS", 2)
    with tenant_scope(tenant):
        record_login(OKTA, Login(Outcome.SIGNED_IN), address=None)
        for _ in range(4):
            record_login(OKTA, REFUSED, address=None)
        outcomes = LoginEvent.objects.order_by("created_at").values_list("outcome", flat=True)
        assert list(outcomes) == ["signed_in", "refused", "refused"]


def test_a_report_is_cut_off(tenant: Tenant) -> None:
    """Of whom an identity provider sends, there may be any number of groups."""
    groups = [f"group {number}" for number in range(201)]
    report = {"groups": groups, "gives": groups[:200], "email": "e" * 999, "user": "ada"}
    with tenant_scope(tenant):
        record_login(OKTA, Login(Outcome.TESTED, report=report), address=None)
        kept = LoginEvent.objects.get().report
    assert kept == {
        "groups": [*groups[:200], "and 1 more"],
        "gives": groups[:200],
        "email": "e" * 500,
        "user": "ada",
    }


def test_a_report_s_lists_are_no_changes(tenant: Tenant, person: Person) -> None:
    report = {"withheld": ["role viewer", "team Web"], "user": "is ada"}
    with tenant_scope(tenant):
        record_login(OKTA, Login(Outcome.TESTED, report=report), address=None)
        pk = LoginEvent.objects.get().pk
    page = AdminClient(tenant, person(tenant)).page("login_events_loginevent_change", pk)
    assert "role viewer, team Web" in page
    assert "Before" not in page
