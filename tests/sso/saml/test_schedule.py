"""Refreshing metadata on a schedule: nobody is there to compare fingerprints."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.utils import timezone
from lxml import etree
from procrastinate.contrib.django.models import ProcrastinateJob

from rbac.models import AuditEntry
from rbac.services.users import create_user
from sso.saml.errors import MetadataRefused
from sso.saml.models import SamlConfiguration, SamlSession
from sso.saml.protocol.keys import fingerprint_of
from sso.saml.services.configurations import create_configuration
from sso.saml.services.metadata import refresh_metadata, refresh_on_schedule
from sso.saml.services.schedule import EVERY, REFRESH_TENANT, queue_refreshes, refresh_due
from sso.saml.tasks import refresh_tenants_metadata
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Tier
from tests.conftest import ACTOR
from tests.https_server import answer_of
from tests.sso.saml.protocol import signing
from tests.sso.saml.protocol.describing import key_descriptor, metadata_document
from tests.sso.saml.protocol.drafts import Signer, signer
from tests.sso.saml.published import address, server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have the identity provider publish these certificates, in a document that one has signed."""

    def published(*names: str, by: str = "", document: bytes = b"") -> None:
        keys = "".join(key_descriptor(signer(name).certificate) for name in names)
        written = document or _signed(metadata_document(keys=keys), by)
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


@pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.ENTERPRISE])
def test_each_tenant_with_something_due_has_a_job_of_its_own_behind_all_others(
    committed_tenants: ThrowawayTenants, publish: Callable[..., None], tier: str
) -> None:
    tenant, idle = committed_tenants(tier), committed_tenants(tier)
    with tenant_scope(tenant):
        okta = _configured(publish, "idp")
    try:
        queue_refreshes()
        with as_owner():
            jobs = {
                job.args["tenant_id"]: job
                for job in ProcrastinateJob.objects.filter(task_name=REFRESH_TENANT)
            }
        assert str(idle.pk) not in jobs
        assert jobs[str(tenant.pk)].priority < 0
        refresh_tenants_metadata(**jobs[str(tenant.pk)].args)
        with tenant_scope(tenant):
            assert _now(okta).metadata_checked_at is not None
        asked = len(server().asked)
        refresh_tenants_metadata(**jobs[str(tenant.pk)].args)
        assert len(server().asked) == asked
    finally:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [REFRESH_TENANT])
