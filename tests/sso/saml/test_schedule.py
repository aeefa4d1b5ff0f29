"""Refreshing metadata on a schedule: nobody is there to compare fingerprints."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.utils import timezone
from lxml import etree
from procrastinate.contrib.django.models import ProcrastinateJob

from rbac.models import AuditEntry
from rbac.services.users import create_user
from sso.saml.errors import MetadataRefused
from sso.saml.models import SamlConfiguration, SamlSession
from sso.saml.protocol.keys import fingerprint_of
from sso.saml.protocol.names import POST, REDIRECT
from sso.saml.services.configurations import create_configuration
from sso.saml.services.metadata import FETCHES as FETCHES_AT_ONCE
from sso.saml.services.metadata import refresh_metadata, refresh_on_schedule
from sso.saml.services.schedule import (
    AGAIN,
    EVERY,
    FETCHES,
    REFRESH_TENANT,
    _tenants_due,
    queue_refreshes,
    refresh_due,
)
from sso.saml.tasks import refresh_tenants_metadata
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Tier
from tests.conftest import ACTOR
from tests.https_server import answer_of
from tests.sso.saml.protocol import signing
from tests.sso.saml.protocol.describing import (
    LOGOUT,
    SIGN_ON,
    key_descriptor,
    metadata_document,
)
from tests.sso.saml.protocol.drafts import Signer, signer
from tests.sso.saml.published import address, server

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have the identity provider publish these certificates, in a document that one has signed."""

    def published(*names: str, by: str = "", document: bytes = b"", **parts: str) -> None:
        keys = "".join(key_descriptor(signer(name).certificate) for name in names)
        written = document or _signed(metadata_document(keys=keys, **parts), by)
        monkeypatch.setattr(server(), "answer", lambda peer: peer.sendall(answer_of(written)))

    return published


def _signed(document: bytes, by: str) -> bytes:
    if not by:
        return document
    root, key = etree.fromstring(document), signer(by)
    signing.sign(root, key.key, key.certificate)
    return etree.tostring(root)


def _pems(*names: str) -> list[str]:
    made: list[Signer] = [signer(name) for name in names]
    return [each.pem for each in made]


def _configured(publish: Callable[..., None], *names: str) -> SamlConfiguration:
    publish(*names)
    return create_configuration(name="Okta", slug="okta", actor=ACTOR, metadata_url=address())


def _now(configuration: SamlConfiguration) -> SamlConfiguration:
    return SamlConfiguration.objects.get(pk=configuration.pk)


def _session(configuration: SamlConfiguration) -> Session:
    user = create_user(username="ada", actor=ACTOR)
    ends = timezone.now() + timedelta(hours=1)
    session = Session.objects.create(digest="a" * 64, user=user, expires_at=ends)
    SamlSession.objects.create(
        session=session, user=user, configuration=configuration, name_id="ada"
    )
    return session


def test_a_new_certificate_needs_the_word_of_one_that_is_trusted(
    in_scope: Tenant, publish: Callable[..., None]
) -> None:
    del in_scope
    okta = _configured(publish, "idp")
    for by in ("", "attacker", "next"):
        publish("idp", "next", by=by)
        with pytest.raises(MetadataRefused):
            refresh_on_schedule(_now(okta))
        left = _now(okta)
        assert left.certificates == _pems("idp")
        assert fingerprint_of(signer("next").pem) in left.metadata_error
        assert "refresh the metadata by hand" in left.metadata_error
    publish("idp", "next", by="idp")
    refreshed = refresh_on_schedule(_now(okta))
    assert (refreshed.certificates, refreshed.metadata_error) == (_pems("idp", "next"), "")
    entry = AuditEntry.objects.filter(action="saml_configuration.refresh_metadata").last()
    assert entry is not None
    assert entry.actor_name == "metadata refresh"
    assert fingerprint_of(signer("next").pem) in str(entry.changes)


def test_an_admin_takes_a_new_certificate_by_hand(
    in_scope: Tenant, publish: Callable[..., None]
) -> None:
    del in_scope
    okta = _configured(publish, "idp")
    publish("next")
    refreshed = refresh_metadata(_now(okta), actor=ACTOR)
    assert refreshed.certificates == _pems("next")


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_left_the_document_is_trusted_no_more_and_its_sessions_end(
    in_scope: Tenant, publish: Callable[..., None], by_hand: bool
) -> None:
    del in_scope
    okta = _configured(publish, "idp", "next")
    session = _session(okta)
    refresh: Callable[[SamlConfiguration], Any] = (
        (lambda each: refresh_metadata(each, actor=ACTOR)) if by_hand else refresh_on_schedule
    )
    refresh(_now(okta))
    assert Session.objects.filter(pk=session.pk).exists()
    publish("next")
    refresh(_now(okta))
    assert _now(okta).certificates == _pems("next")
    assert not Session.objects.filter(pk=session.pk).exists()


@pytest.mark.parametrize(
    "parts",
    [
        {"sign_on": SIGN_ON.format(REDIRECT, "https://phishing.example.net/sso")},
        {"sign_on": SIGN_ON.format(POST, "https://idp.example.com/sso")},
        {"logout": LOGOUT.format(REDIRECT, "https://phishing.example.net/", "https://x.test/a")},
        {"logout": LOGOUT.format(REDIRECT, "https://idp.example.com/slo", "https://evil.test/")},
        {"logout": ""},
    ],
)
def test_other_endpoints_need_the_word_of_a_trusted_certificate(
    in_scope: Tenant, publish: Callable[..., None], parts: dict[str, str]
) -> None:
    """Attack: whoever holds the host of the metadata leads everybody who signs on elsewhere."""
    del in_scope
    okta = _configured(publish, "idp")
    for by in ("", "attacker"):
        publish("idp", by=by, **parts)
        with pytest.raises(MetadataRefused):
            refresh_on_schedule(_now(okta))
        left = _now(okta)
        assert left.metadata_xml == okta.metadata_xml
        assert f"{next(iter(parts)).replace('_', '-')} endpoint" in left.metadata_error
        assert "refresh the metadata by hand" in left.metadata_error
    publish("idp", by="idp", **parts)
    assert refresh_on_schedule(_now(okta)).metadata_xml != okta.metadata_xml
    assert _now(okta).metadata_error == ""


def test_an_admin_takes_other_endpoints_by_hand_and_the_log_has_them(
    in_scope: Tenant, publish: Callable[..., None]
) -> None:
    del in_scope
    okta = _configured(publish, "idp")
    moved = SIGN_ON.format(REDIRECT, "https://new.example.com/sso")
    publish("idp", sign_on=moved, until=' validUntil="2200-01-01T00:00:00Z"')
    refresh_metadata(_now(okta), actor=ACTOR)
    entry = AuditEntry.objects.filter(action="saml_configuration.refresh_metadata").last()
    assert entry is not None
    assert entry.changes == {
        "sign_on_endpoints": [
            [f"{REDIRECT} https://idp.example.com/sso"],
            [f"{REDIRECT} https://new.example.com/sso"],
        ],
        "metadata_valid_until": [None, "2200-01-01T00:00:00Z"],
    }


def test_what_says_nothing_new_needs_no_signature(
    in_scope: Tenant, publish: Callable[..., None]
) -> None:
    del in_scope
    okta = _configured(publish, "idp")
    publish("idp", until=' validUntil="2200-01-01T00:00:00Z"')
    assert refresh_on_schedule(_now(okta)).metadata_xml != okta.metadata_xml


def test_a_certificate_that_left_comes_back_by_hand_alone(
    in_scope: Tenant, publish: Callable[..., None]
) -> None:
    """Attack: an old document, with a key that was stolen since, is replayed with its signature."""
    del in_scope
    okta = _configured(publish, "idp", "stolen")
    publish("idp")
    refresh_on_schedule(_now(okta))
    publish("idp", "stolen", by="idp")
    for _ in range(2):
        with pytest.raises(MetadataRefused):
            refresh_on_schedule(_now(okta))
        left = _now(okta)
        assert left.certificates == _pems("idp")
        assert fingerprint_of(signer("stolen").pem) in left.metadata_error
    publish("idp", "next", by="idp")
    assert refresh_on_schedule(_now(okta)).certificates == _pems("idp", "next")
    publish("idp", "stolen")
    assert refresh_metadata(_now(okta), actor=ACTOR).certificates == _pems("idp", "stolen")
    assert refresh_on_schedule(_now(okta)).certificates == _pems("idp", "stolen")
    assert _now(okta).dropped_certificates == [fingerprint_of(signer("next").pem)]


def test_what_cannot_be_used_leaves_the_last_good_document(
    in_scope: Tenant, publish: Callable[..., None]
) -> None:
    del in_scope
    okta = _configured(publish, "idp")
    session = _session(okta)
    for document in (b"<a/>", metadata_document(entity="https://idp.other.example.net/")):
        publish(document=document)
        with pytest.raises(MetadataRefused):
            refresh_on_schedule(_now(okta))
        assert _now(okta).metadata_xml == okta.metadata_xml
        assert _now(okta).metadata_error
    assert Session.objects.filter(pk=session.pk).exists()


def test_each_is_looked_for_once_a_day(in_scope: Tenant, publish: Callable[..., None]) -> None:
    okta = _configured(publish, "idp")
    refresh_due(in_scope)
    asked = len(server().asked)
    refresh_due(in_scope)
    assert len(server().asked) == asked
    SamlConfiguration.objects.update(metadata_checked_at=timezone.now() - EVERY)
    publish(document=b"<a/>")
    refresh_due(in_scope)
    refresh_due(in_scope)
    assert len(server().asked) == asked + 1
    assert "not metadata" in _now(okta).metadata_error


def _due_ones(publish: Callable[..., None], number: int) -> list[SamlConfiguration]:
    """Configurations that nobody has looked for yet."""
    publish("idp")
    return [
        create_configuration(
            name=f"Okta {n}", slug=f"okta-{n}", actor=ACTOR, metadata_url=address()
        )
        for n in range(number)
    ]


def _checked(*configurations: SamlConfiguration) -> list[bool]:
    return [_now(each).metadata_checked_at is not None for each in configurations]


def test_a_job_fetches_a_few_and_the_next_goes_on_with_the_oldest(
    in_scope: Tenant, publish: Callable[..., None]
) -> None:
    made = _due_ones(publish, FETCHES + 1)
    last = made[0]
    earlier = timezone.now() - EVERY
    SamlConfiguration.objects.filter(pk=last.pk).update(metadata_checked_at=earlier)
    refresh_due(in_scope)
    assert _checked(*made[1:]) == [True] * FETCHES
    assert _now(last).metadata_checked_at == earlier
    refresh_due(in_scope)
    assert _now(last).metadata_checked_at != earlier


def test_what_cannot_be_fetched_right_now_is_left_for_the_next_job(
    in_scope: Tenant, publish: Callable[..., None], settings: Settings
) -> None:
    made = _due_ones(publish, 3)
    caches["default"].clear()
    settings.SAML_METADATA_FETCHES = {"fetches": 1, "seconds": 600}
    asked = len(server().asked)
    refresh_due(in_scope)
    assert len(server().asked) == asked + 1
    assert sorted(_checked(*made)) == [False, False, True]
    assert [_now(each).metadata_error for each in made] == [""] * 3
    with FETCHES_AT_ONCE.taken(in_scope.pk):
        refresh_due(in_scope)
    assert sorted(_checked(*made)) == [False, False, True]
    settings.SAML_METADATA_FETCHES = {"fetches": 20, "seconds": 600}
    refresh_due(in_scope)
    assert _checked(*made) == [True] * 3


@pytest.mark.parametrize(
    ("pressing", "again"),
    [
        ({}, False),
        ({"metadata_error": "It has no end."}, True),
        ({"metadata_valid_until": timezone.now() + timedelta(hours=47)}, True),
        ({"metadata_valid_until": timezone.now() + timedelta(hours=49)}, False),
    ],
)
def test_what_failed_or_ends_soon_is_looked_for_every_hour(
    in_scope: Tenant, publish: Callable[..., None], pressing: dict[str, Any], again: bool
) -> None:
    okta = _configured(publish, "idp")
    row = SamlConfiguration.objects.filter(pk=okta.pk)
    for ago, is_due in ((AGAIN - timedelta(minutes=1), False), (AGAIN, again)):
        checked = timezone.now() - ago
        row.update(metadata_checked_at=checked, **pressing)
        refresh_due(in_scope)
        assert (row.get().metadata_checked_at != checked) is is_due


@pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.ENTERPRISE])
def test_each_tenant_with_something_due_has_a_job_of_its_own_behind_all_others(
    committed_tenants: ThrowawayTenants, publish: Callable[..., None], tier: str
) -> None:
    tenant, idle = committed_tenants(tier), committed_tenants(tier)
    with tenant_scope(tenant):
        okta = _configured(publish, "idp")
    try:
        queue_refreshes()
        queue_refreshes()  # the worker has done nothing in that hour
        with as_owner():
            waiting = list(ProcrastinateJob.objects.filter(task_name=REFRESH_TENANT))
        jobs = {job.args["tenant_id"]: job for job in waiting}
        assert len(jobs) == len(waiting)
        assert str(idle.pk) not in jobs
        assert jobs[str(tenant.pk)].priority < 0
        refresh_tenants_metadata(**jobs[str(tenant.pk)].args)
        with tenant_scope(tenant):
            assert _now(okta).metadata_checked_at is not None
        asked = len(server().asked)
        refresh_tenants_metadata(**jobs[str(tenant.pk)].args)
        assert len(server().asked) == asked
        an_hour_ago = timezone.now() - AGAIN
        soon = timezone.now() + timedelta(hours=47)
        for pressing in ({"metadata_error": "Gone."}, {"metadata_valid_until": soon}, {}):
            with tenant_scope(tenant):
                SamlConfiguration.objects.update(
                    metadata_checked_at=an_hour_ago,
                    **{"metadata_error": "", "metadata_valid_until": None, **pressing},
                )
            assert (tenant.pk in _tenants_due()) is bool(pressing)
    finally:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [REFRESH_TENANT])
