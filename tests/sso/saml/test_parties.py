"""What the protocol is given: our metadata, at their address, and the parties of a sign-on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.test import RequestFactory
from django.utils import timezone
from lxml import etree

from sso.federation.addresses import base_url
from sso.saml import selectors
from sso.saml.models import KeyState, SamlConfiguration
from sso.saml.pages import metadata as metadata_page
from sso.saml.protocol import times
from sso.saml.protocol.names import (
    NAME_ID_PERSISTENT,
    POST,
    REDIRECT,
    SOAP_BINDING,
    metadata,
)
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.protocol.signatures import verified
from sso.saml.services.configurations import (
    create_configuration,
    delete_configuration,
    update_configuration,
)
from sso.saml.services.keys import rotate_key
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.sso.saml.protocol.describing import metadata_document
from tests.sso.saml.protocol.drafts import IDP_ID, signer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.api_client import ApiClient

    Anonymous = Callable[[Tenant], ApiClient]

_BASE = "https://acme.iac.test"
_PATH = "/sso/saml/okta/metadata/"


def _configured(**given: Any) -> SamlConfiguration:
    document = metadata_document().decode()
    return create_configuration(
        **{"name": "Okta", "slug": "okta", "metadata_xml": document, "actor": ACTOR, **given}
    )


def test_our_metadata_are_public_signed_and_say_what_the_api_says(
    tenant: Tenant, anonymous: Anonymous
) -> None:
    with tenant_scope(tenant):
        configuration = _configured(name_id_format=NAME_ID_PERSISTENT)
        [key] = configuration.keys.all()
    answer = anonymous(tenant).get(_PATH)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/samlmetadata+xml"
    root = verified(etree.fromstring(answer.content), [key.certificate_pem])
    at = f"http://{tenant.slug}.iac.test/sso/saml/okta"
    assert root.get("entityID") == f"{at}/metadata/"
    assert [each.get("Location") for each in root.iter(metadata("AssertionConsumerService"))] == [
        f"{at}/acs/"
    ]
    logout = [each.attrib for each in root.iter(metadata("SingleLogoutService"))]
    assert {each["Location"] for each in logout} == {f"{at}/slo/"}
    assert [each["Binding"] for each in logout] == [REDIRECT, POST, SOAP_BINDING]
    assert [each.text for each in root.iter(metadata("NameIDFormat"))] == [NAME_ID_PERSISTENT]
    assert root.get("validUntil", "") > timezone.now().isoformat()


def test_metadata_are_there_before_those_of_the_identity_provider(
    tenant: Tenant, anonymous: Anonymous
) -> None:
    with tenant_scope(tenant):
        _configured(metadata_xml="")
        assert not selectors.enabled_configurations().exists()
    assert anonymous(tenant).get(_PATH).status_code == 200


def test_a_disabled_one_has_metadata_to_be_set_up_with_and_signs_nobody_in(
    acme: Tenant, anonymous: Anonymous
) -> None:
    with tenant_scope(acme):
        configuration = _configured()
        update_configuration(configuration, actor=ACTOR, changes={"is_enabled": False})
    assert anonymous(acme).get(_PATH).status_code == 200
    assert anonymous(acme).get("/sso/saml/okta/login/").status_code == 404


def test_unknown_and_others_slugs_are_not_found(
    acme: Tenant, globex: Tenant, anonymous: Anonymous
) -> None:
    with tenant_scope(acme):
        _configured()
    assert anonymous(acme).get(_PATH).status_code == 200
    nowhere = anonymous(acme).get("/sso/saml/unknown/metadata/")
    answers = [nowhere, anonymous(globex).get(_PATH)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content.lower().replace(b"globex", b"acme") for answer in answers}) == 1


@pytest.mark.parametrize("page", ["metadata", "login", "acs", "slo"])
def test_where_no_tenant_is_served_there_is_nothing_to_sign_on_to(
    acme: Tenant, anonymous: Anonymous, page: str
) -> None:
    client = anonymous(acme).at("iac.test")
    asked = client.post if page == "acs" else client.get
    assert asked(f"/sso/saml/okta/{page}/").status_code == 404


def test_our_metadata_are_signed_once_for_all_who_ask_until_something_changes(
    acme: Tenant, anonymous: Anonymous
) -> None:
    with tenant_scope(acme):
        configuration = _configured()
    client = anonymous(acme)
    first = client.get(_PATH).content
    assert client.get(_PATH).content == first
    with tenant_scope(acme):
        rotate_key(configuration, actor=ACTOR)
        [new] = configuration.keys.filter(state=KeyState.NEXT)
    changed = client.get(_PATH).content
    assert changed != first
    assert "".join(new.certificate_pem.splitlines()[1:-1]).encode() in changed


def test_a_configuration_that_is_deleted_meanwhile_is_not_found(
    acme: Tenant, anonymous: Anonymous, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_scope(acme):
        configuration = _configured()
        found = selectors.configuration_by_slug("okta")
        delete_configuration(configuration, actor=ACTOR)
    monkeypatch.setattr(selectors, "configuration_by_slug", lambda _: found)
    monkeypatch.setattr(metadata_page, "published_configuration", lambda _: found)
    client = anonymous(acme)
    assert client.get(_PATH).status_code == 404
    assert client.get("/sso/saml/okta/login/").status_code == 404


@pytest.mark.parametrize(
    ("scheme", "host", "site", "base"),
    [
        ("https", "acme.iac.test", "", "https://acme.iac.test"),
        ("https", "acme.iac.test:443", "", "https://acme.iac.test"),
        ("https", "acme.iac.test:6666", "", "https://acme.iac.test"),
        ("https", "acme.iac.test:6666", "8443", "https://acme.iac.test:8443"),
        ("http", "acme.iac.test:80", "", "http://acme.iac.test"),
        ("http", "acme.iac.test:8000", "", "http://acme.iac.test:8000"),
    ],
)
def test_addresses_have_the_sites_port_whatever_the_host_header_says(
    acme: Tenant, settings: Settings, scheme: str, host: str, site: str, base: str
) -> None:
    settings.PUBLIC_PORT = site
    request = RequestFactory().get("/", secure=scheme == "https", headers={"host": host})
    with tenant_scope(acme):
        assert base_url(request) == base


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_metadata_are_only_read(acme: Tenant, anonymous: Anonymous, method: str) -> None:
    with tenant_scope(acme):
        _configured()
    client = anonymous(acme)
    assert getattr(client, method)(_PATH).status_code == 405
    assert client.head(_PATH).status_code == 200


def test_both_parties_are_as_they_were_configured(in_scope: Tenant) -> None:
    del in_scope
    configuration = _configured()
    idp = selectors.identity_provider(configuration)
    assert (idp.entity_id, idp.certificates) == (IDP_ID, (signer().pem,))
    sp = selectors.service_provider(configuration, _BASE)
    assert sp.entity_id == f"{_BASE}{_PATH}"
    assert sp.decryption == (sp.signing,)
    assert sp.signing.private_key().key_size == 3072


def test_during_a_rotation_both_keys_decrypt(in_scope: Tenant) -> None:
    del in_scope
    configuration = _configured()

    def parties() -> Any:
        return selectors.service_provider(SamlConfiguration.objects.get(), _BASE)

    before = parties()
    rotate_key(configuration, actor=ACTOR)
    published = parties()
    assert published.signing == before.signing
    assert published.decryption == (before.signing, published.next_signing)
    rotate_key(configuration, actor=ACTOR)
    after = parties()
    assert after.signing == published.next_signing
    assert after.next_signing is None
    assert after.decryption == (after.signing, before.signing)


def test_without_metadata_or_with_expired_ones_there_is_no_identity_provider(
    in_scope: Tenant,
) -> None:
    del in_scope
    configuration = _configured(metadata_xml="")
    with pytest.raises(SamlError) as refused:
        selectors.identity_provider(configuration)
    assert refused.value.rule is Rule.METADATA
    configuration.metadata_xml = metadata_document(
        until=' validUntil="2020-01-01T00:00:00Z"'
    ).decode()
    with pytest.raises(SamlError) as refused:
        selectors.identity_provider(configuration)
    assert refused.value.rule is Rule.METADATA_EXPIRED


def test_metadata_are_read_once_and_their_end_is_judged_each_time(
    in_scope: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    del in_scope
    now = timezone.now()
    end = times.written(now + timedelta(hours=1))
    document = metadata_document(until=f' validUntil="{end}"', id=f"_{uuid4()}")
    configuration = _configured(metadata_xml=document.decode())
    first = selectors.identity_provider(configuration)
    assert selectors.identity_provider(SamlConfiguration.objects.get()) is first
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=2))
    with pytest.raises(SamlError) as refused:
        selectors.identity_provider(configuration)
    assert refused.value.rule is Rule.METADATA_EXPIRED


def test_what_people_can_sign_on_by_is_enabled_complete_and_in_order(in_scope: Tenant) -> None:
    del in_scope
    _configured(name="Zeta", slug="z")
    _configured(name="alpha", slug="a")
    _configured(name="Disabled", slug="d", is_enabled=False)
    _configured(name="No metadata", slug="n", metadata_xml="")
    SamlConfiguration.objects.create(name="Imported", slug="i", entity_id=IDP_ID)
    assert [each.slug for each in selectors.enabled_configurations()] == ["a", "z"]
    found = {slug: selectors.configuration_by_slug(slug) for slug in ("a", "d", "i", "n", "x")}
    assert [slug for slug, each in found.items() if each] == ["a", "n"]
