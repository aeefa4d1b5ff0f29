"""SAML configurations, through the API: what is kept, shown, refused and put on record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import caches
from django.utils import timezone

from iac_platform.common import fetching
from iac_platform.common.encryption import unseal
from iac_platform.common.fetching import fetch
from rbac.errors import CannotGrant
from rbac.models import AuditEntry, User
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.users import create_user
from sso.saml.errors import MetadataRefused
from sso.saml.models import (
    KeyState,
    SamlConfiguration,
    SamlRequest,
    SamlSession,
    ServiceProviderKey,
)
from sso.saml.protocol import keys
from sso.saml.services import configurations, metadata
from sso.saml.services.configurations import (
    create_configuration,
    delete_configuration,
    update_configuration,
)
from sso.saml.services.keys import rotate_key
from sso.saml.services.metadata import refresh_metadata
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.https_server import answer_of
from tests.sso.saml.protocol.describing import KEY, SIGN_ON, key_descriptor, metadata_document
from tests.sso.saml.protocol.drafts import IDP_ID, signer
from tests.sso.saml.published import address, server

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api

_URL = "/api/v1/sso/saml/"
_METADATA = metadata_document().decode()


def _new(**given: Any) -> dict[str, Any]:
    return {"name": "Okta", "slug": "okta", "preset": "okta", **given}


def _create(client: ApiClient, **given: Any) -> dict[str, Any]:
    answer = client.post(_URL, _new(**given))
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def _patch(client: ApiClient, made: dict[str, Any], **changes: Any) -> Any:
    return client.patch(f"{_URL}{made['id']}/", changes, headers={"if-match": "*"})


def _refusal(answer: Any, pointer: str) -> str:
    assert answer.status_code == 400, answer.content
    [error] = answer.json()["errors"]
    assert error["pointer"] == pointer
    return str(error["detail"])


def test_a_configuration_shows_what_both_sides_need(tenant: Tenant, api: Api) -> None:
    made = _create(api(tenant), metadata_xml=_METADATA)
    at = f"http://{tenant.slug}.iac.test/sso/saml/okta"
    own = made["service_provider"]
    assert {name: own[name] for name in ("entity_id", "metadata_url", "acs_url", "slo_url")} == {
        "entity_id": f"{at}/metadata/",
        "metadata_url": f"{at}/metadata/",
        "acs_url": f"{at}/acs/",
        "slo_url": f"{at}/slo/",
    }
    assert [each["state"] for each in own["certificates"]] == ["current"]
    assert made["identity_provider"] == {
        "entity_id": IDP_ID,
        "certificates": [
            {
                "fingerprint": keys.fingerprint_of(signer().pem),
                "expires_at": keys.expiry_of(signer().pem).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ],
    }
    assert made["metadata_refreshed_at"] is not None


def test_addresses_are_those_of_the_tenants_own_host_wherever_they_are_asked_for(
    tenant: Tenant, api: Api
) -> None:
    client = api(tenant)
    made = _create(client)
    elsewhere = client.at("iac.test").get(f"{_URL}{made['id']}/").json()
    assert elsewhere["service_provider"] == made["service_provider"]


def test_metadata_can_follow_later_and_can_be_replaced(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    made = _create(client)
    assert made["identity_provider"] == {"entity_id": "", "certificates": []}
    both = metadata_document(keys=key_descriptor() + key_descriptor(signer("next").certificate))
    for document, fingerprints in ((_METADATA, 1), (both.decode(), 2)):
        shown = _patch(client, made, metadata_xml=document).json()
        assert shown["identity_provider"]["entity_id"] == IDP_ID
        assert len(shown["identity_provider"]["certificates"]) == fingerprints


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("no XML at all", "not well-formed"),
        ("<a/>", "not metadata"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
        (metadata_document(keys=KEY.format(use="", certificate="AAAA")).decode(), "cannot be read"),
        (metadata_document(keys="").decode(), "0 signing certificates"),
        (
            metadata_document(sign_on=SIGN_ON.format("urn:x", "http://idp.example.com/")).decode(),
            "https",
        ),
        (metadata_document(until=' validUntil="2020-01-01T00:00:00Z"').decode(), "valid until"),
    ],
    ids=["text", "other", "entity", "certificate", "no-certificate", "http", "old"],
)
def test_bad_metadata_are_refused_with_the_reason_and_change_nothing(
    tenant: Tenant, api: Api, document: str, reason: str
) -> None:
    client = api(tenant)
    assert reason in _refusal(client.post(_URL, _new(metadata_xml=document)), "/metadata_xml")
    made = _create(client, metadata_xml=_METADATA)
    assert _patch(client, made, metadata_xml=document).status_code == 400
    with tenant_scope(tenant):
        kept = SamlConfiguration.objects.get()
        assert kept.metadata_xml == _METADATA
        assert kept.certificates == [signer().pem]


def test_half_a_surrogate_pair_is_no_metadata(in_scope: Tenant) -> None:
    del in_scope
    with pytest.raises(MetadataRefused, match="UTF-8"):
        create_configuration(name="a", slug="a", metadata_xml="<a>\ud800</a>", actor=ACTOR)


def test_metadata_are_fetched_from_their_url_and_refreshed(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    made = _create(client, metadata_url=address())
    assert made["metadata_url"] == address()
    assert len(made["identity_provider"]["certificates"]) == 2
    with tenant_scope(tenant):
        SamlConfiguration.objects.update(metadata_xml=_METADATA, certificates=[signer().pem])
    refreshed = client.post(f"{_URL}{made['id']}/refresh-metadata/").json()
    assert refreshed["identity_provider"] == made["identity_provider"]
    # The document takes its place, and then there is nothing to refresh.
    assert _patch(client, made, metadata_xml=_METADATA).json()["metadata_url"] == ""
    _refusal(client.post(f"{_URL}{made['id']}/refresh-metadata/"), "/metadata_url")


def test_what_cannot_be_fetched_leaves_the_last_good_metadata(
    tenant: Tenant, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api(tenant)
    made = _create(client, metadata_url=address())
    bad = metadata_document(entity="https://idp.other.example.net/")
    for answer, reason in ((answer_of(b"<a/>"), "not metadata"), (answer_of(bad), "another")):
        monkeypatch.setattr(server(), "answer", lambda peer, answer=answer: peer.sendall(answer))
        refused = client.post(f"{_URL}{made['id']}/refresh-metadata/")
        assert reason in _refusal(refused, "/metadata_url")
        shown = client.get(f"{_URL}{made['id']}/").json()
        assert reason in shown["metadata_error"]
        assert shown["identity_provider"] == made["identity_provider"]
    monkeypatch.undo()
    refreshed = client.post(f"{_URL}{made['id']}/refresh-metadata/").json()
    assert refreshed["metadata_error"] == ""


def test_a_url_that_is_removed_is_asked_no_more(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    made = _create(client, metadata_url=address())
    shown = _patch(client, made, metadata_url="").json()
    assert shown["metadata_url"] == ""
    assert shown["identity_provider"] == made["identity_provider"]


def test_metadata_are_given_in_one_way(tenant: Tenant, api: Api) -> None:
    both = _new(metadata_xml=_METADATA, metadata_url=address())
    assert "not both" in _refusal(api(tenant).post(_URL, both), "/metadata_url")


def test_only_so_much_is_fetched(tenant: Tenant, api: Api, settings: Settings) -> None:
    settings.SAML_METADATA_FETCHES = {"fetches": 1, "seconds": 600}
    caches["default"].clear()
    client = api(tenant)
    made = _create(client, metadata_url=address())
    renamed = _patch(client, made, name="Renamed", metadata_url=address())
    assert renamed.status_code == 200  # the same URL, so it is not fetched anew
    refused = client.post(f"{_URL}{made['id']}/refresh-metadata/")
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-metadata-fetches")


def test_what_fetches_nothing_counts_for_nothing_and_is_no_failure(
    tenant: Tenant, api: Api, settings: Settings
) -> None:
    settings.SAML_METADATA_FETCHES = {"fetches": 1, "seconds": 600}
    caches["default"].clear()
    client = api(tenant)
    for url in ("not a url", "http://idp.example.com/", "file:///etc/passwd"):
        _refusal(client.post(_URL, _new(metadata_url=url)), "/metadata_url")
    made = _create(client, slug="other", name="Other", metadata_xml=_METADATA)
    refused = client.post(f"{_URL}{made['id']}/refresh-metadata/")
    assert "no metadata URL" in _refusal(refused, "/metadata_url")
    assert client.get(f"{_URL}{made['id']}/").json() == made
    _create(client, metadata_url=address())


def test_nothing_of_our_own_network_is_fetched(
    tenant: Tenant, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "fetch", fetch)  # as outside of tests
    client, before = api(tenant), len(server().asked)
    for url in (address(), "https://169.254.169.254/latest/", "https://[::ffff:10.0.0.1]/"):
        answer = client.post(_URL, _new(metadata_url=url))
        assert "no public address" in _refusal(answer, "/metadata_url")
    assert len(server().asked) == before


@pytest.mark.parametrize(
    "slug", ["", "Okta", "-a", "a-", "a--b", "a b", "a/b", "ä", "a\nb", "a" * 41]
)
def test_slugs_that_do_not_fit_are_refused(tenant: Tenant, api: Api, slug: str) -> None:
    client = api(tenant)
    _refusal(client.post(_URL, _new(slug=slug)), "/slug")
    for good in ("a", "0", "a-1-b", "a" * 40):
        _create(client, name=good, slug=good)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"preset": "other"}, "/preset"),
        ({"name_id_format": "urn:example:own"}, "/name_id_format"),
        ({"authentication_contexts": ["not a URI"]}, "/authentication_contexts"),
        ({"authentication_contexts": ["urn:a:b"] * 11}, "/authentication_contexts"),
        ({"slug": "new"}, "/slug"),
        ({"entity_id": "https://evil.example.com/"}, "/entity_id"),
        ({"private_key": "x"}, "/private_key"),
    ],
)
def test_what_cannot_be_changed_is_refused(
    tenant: Tenant, api: Api, changes: dict[str, Any], pointer: str
) -> None:
    client = api(tenant)
    made = _create(client)
    assert pointer in str(_patch(client, made, **changes).json()["errors"])
    good = {"preset": "keycloak", "authentication_contexts": ["urn:a:b"]}
    assert good.items() <= _patch(client, made, **good).json().items()


def test_names_and_slugs_are_unique_in_a_tenant_alone(
    acme: Tenant, globex: Tenant, api: Api
) -> None:
    client = api(acme)
    _create(client)
    taken = client.post(_URL, _new(name="OKTA", slug="other"))
    assert (taken.status_code, taken.json()["code"]) == (409, "name-taken")
    taken = client.post(_URL, _new(name="Other"))
    assert (taken.status_code, taken.json()["code"]) == (409, "slug-taken")
    _create(client, name="Other", slug="other")
    _create(api(globex))


def test_a_tenant_has_so_many(tenant: Tenant, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configurations, "MOST_CONFIGURATIONS", 2)
    client = api(tenant)
    made = _create(client)
    _create(client, name="Entra", slug="entra")
    refused = client.post(_URL, _new(name="Auth0", slug="auth0"))
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-saml-configurations")
    assert "at most 2" in refused.json()["detail"]
    with tenant_scope(tenant):
        assert SamlConfiguration.objects.count() == 2
        assert ServiceProviderKey.objects.count() == 2
    assert client.delete(f"{_URL}{made['id']}/", headers={"if-match": "*"}).status_code == 204
    _create(client, name="Auth0", slug="auth0")


def test_private_keys_are_sealed_and_never_shown(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    made = _create(client)
    with tenant_scope(tenant):
        key = ServiceProviderKey.objects.get()
    assert b"PRIVATE" not in bytes(key.private_key)
    assert "PRIVATE KEY" in unseal(key.private_key, row=key, column="private_key")
    shown = client.get(f"{_URL}{made['id']}/").content + client.get(_URL).content
    assert b"PRIVATE" not in shown
    assert b"private_key" not in shown


def test_the_log_tells_whom_a_change_trusts(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    made = _create(client, metadata_xml=_METADATA)
    other = metadata_document(
        entity="https://idp.other.example.net/", keys=key_descriptor(signer("other").certificate)
    )
    _patch(client, made, metadata_xml=other.decode(), requires_encryption=True)
    with tenant_scope(tenant):
        entry = AuditEntry.objects.get(action="saml_configuration.update")
    assert entry.changes == {
        "entity_id": [IDP_ID, "https://idp.other.example.net/"],
        "certificates": [
            [keys.fingerprint_of(signer().pem)],
            [keys.fingerprint_of(signer("other").pem)],
        ],
        "requires_encryption": [False, True],
    }


def test_the_same_metadata_again_change_nothing(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    made = _create(client, metadata_xml=_METADATA)
    assert _patch(client, made, metadata_xml=_METADATA).json() == made


@pytest.mark.parametrize("also", [(), ("user.create", "role.grant")])
def test_whoever_is_no_admin_cannot_say_whom_to_trust(
    in_scope: Tenant, also: tuple[str, ...]
) -> None:
    del in_scope
    names = (*(f"saml_configuration.{verb}" for verb in ("create", "update", "delete")), *also)
    role = create_role(name="SSO", permissions=dict.fromkeys(names, "tenant"), actor=ACTOR)
    keeper = create_user(username="keeper", actor=ACTOR)
    grant_role(keeper, role, actor=ACTOR)
    keeper = User.objects.get(pk=keeper.pk)
    with pytest.raises(CannotGrant):
        create_configuration(name="Mine", slug="mine", actor=keeper)
    assert not SamlConfiguration.objects.exists()
    made = create_configuration(name="Okta", slug="okta", actor=ACTOR)
    with pytest.raises(CannotGrant):
        update_configuration(made, actor=keeper, changes={"metadata_xml": _METADATA})
    admin = create_user(username="root", roles=["admin"], actor=ACTOR)
    update_configuration(made, actor=admin, changes={"metadata_xml": _METADATA})
    with pytest.raises(CannotGrant):
        delete_configuration(made, actor=keeper)
    assert SamlConfiguration.objects.exists()
    delete_configuration(made, actor=admin)
    assert not SamlConfiguration.objects.exists()


def test_whoever_is_no_admin_cannot_refresh_whom_to_trust(in_scope: Tenant) -> None:
    """Whoever publishes the metadata, and may refresh them, could become anybody."""
    del in_scope
    role = create_role(name="SSO", permissions={"saml_configuration.update": "tenant"}, actor=ACTOR)
    keeper = create_user(username="keeper", actor=ACTOR)
    grant_role(keeper, role, actor=ACTOR)
    made = create_configuration(name="Okta", slug="okta", metadata_url=address(), actor=ACTOR)
    SamlConfiguration.objects.update(metadata_xml=_METADATA, certificates=[signer().pem])
    made, asked = SamlConfiguration.objects.get(), len(server().asked)
    holder = User.objects.get(pk=keeper.pk)
    with pytest.raises(CannotGrant):
        refresh_metadata(made, actor=holder)
    with pytest.raises(CannotGrant):
        update_configuration(made, actor=holder, changes={"metadata_url": f"{address()}?new"})
    assert SamlConfiguration.objects.get().certificates == [signer().pem]
    assert len(server().asked) == asked
    admin = create_user(username="root", roles=["admin"], actor=ACTOR)
    assert len(refresh_metadata(made, actor=admin).certificates) == 2


def test_one_fetch_of_a_tenant_at_a_time(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    with metadata.FETCHES.taken(tenant.pk):
        busy = client.post(_URL, _new(metadata_url=address()))
    assert (busy.status_code, busy.json()["code"]) == (429, "metadata-fetches-busy")
    _create(client, metadata_url=address())


def _sign_on(configuration: SamlConfiguration) -> tuple[Session, Session]:
    """Two sessions, of which the configuration opened the first."""
    user = create_user(username="ada", actor=ACTOR)
    ends = timezone.now() + timedelta(hours=1)
    by_saml, other = (
        Session.objects.create(digest=n * 64, user=user, expires_at=ends) for n in "ab"
    )
    SamlSession.objects.create(
        session=by_saml, user=user, configuration=configuration, name_id="ada"
    )
    SamlRequest.objects.create(
        configuration=configuration, digest="c" * 64, request_id="_1", expires_at=ends
    )
    return by_saml, other


def test_deleting_ends_its_sessions_and_takes_its_keys(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    made = _create(client)
    with tenant_scope(tenant):
        _, other = _sign_on(SamlConfiguration.objects.get())
    answer = client.delete(f"{_URL}{made['id']}/", headers={"if-match": "*"})
    assert answer.status_code == 204
    with tenant_scope(tenant):
        assert list(Session.objects.filter(user__username="ada")) == [other]
        for model in (ServiceProviderKey, SamlRequest, SamlSession, SamlConfiguration):
            assert not model.objects.exists()


def test_disabling_ends_its_sessions(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    made = _create(client)
    with tenant_scope(tenant):
        first, other = _sign_on(SamlConfiguration.objects.get())
    _patch(client, made, name="Renamed")
    with tenant_scope(tenant):
        assert Session.objects.filter(pk=first.pk).exists()
    _patch(client, made, is_enabled=False)
    with tenant_scope(tenant):
        assert list(Session.objects.filter(user__username="ada")) == [other]


def test_a_key_is_rotated_in_two_steps(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    made = _create(client)

    def fingerprints(shown: dict[str, Any]) -> dict[str, str]:
        held = shown["service_provider"]["certificates"]
        return {each["state"]: each["fingerprint"] for each in held}

    def rotated() -> dict[str, str]:
        answer = client.post(f"{_URL}{made['id']}/rotate-key/")
        assert answer.status_code == 200, answer.content
        return fingerprints(answer.json())

    first = fingerprints(made)["current"]
    published = rotated()
    assert published == {"current": first, "next": published["next"]}
    promoted = rotated()
    assert promoted == {"previous": first, "current": published["next"]}
    third = rotated()
    assert third == {**promoted, "next": third["next"]}
    assert rotated() == {"previous": promoted["current"], "current": third["next"]}
    assert client.get(f"{_URL}{made['id']}/").json()["revision"] == 5
    with tenant_scope(tenant):
        entries = AuditEntry.objects.filter(action="saml_configuration.rotate_key")
        assert [entry.changes for entry in entries.order_by("created_at")][:2] == [
            {"next_key": ["", published["next"]]},
            {
                "next_key": [published["next"], ""],
                "current_key": [first, published["next"]],
                "previous_key": ["", first],
            },
        ]


def test_a_configuration_without_a_key_gets_one(in_scope: Tenant) -> None:
    del in_scope
    imported = SamlConfiguration.objects.create(name="Imported", slug="imported")
    rotate_key(imported, actor=ACTOR)
    assert imported.keys.get().state == KeyState.CURRENT
