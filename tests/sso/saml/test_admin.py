"""SAML configurations in the admin: the same services, with no transaction waiting for others."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from iac_platform.common import fetching
from rbac.services.users import create_user
from sso.saml.errors import MetadataRefused
from sso.saml.models import MAX_METADATA_CHARACTERS, KeyState, Preset, SamlConfiguration
from sso.saml.protocol import keys
from sso.saml.services.metadata import uploaded
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, address_of, errors_of
from tests.conftest import ACTOR
from tests.sso.saml.protocol.describing import metadata_document
from tests.sso.saml.protocol.drafts import IDP_ID
from tests.sso.saml.published import address, server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.conftest import Person

_PAGE = "saml_samlconfiguration"
_CHANGE = f"{_PAGE}_change"
_NEW = {"name": "Okta", "slug": "okta", "preset": "okta"}
_FORM = {"name": "Okta", "preset": "okta", "is_enabled": "on"}


@pytest.fixture
def admin(tenant: Tenant) -> AdminClient:
    with tenant_scope(tenant):
        user = create_user(username="root", roles=["admin"], actor=ACTOR)
    return AdminClient(tenant, user)


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """In how many transactions each fetch and each key was made."""
    found: list[int] = []

    def noting(done: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any, **how: Any) -> Any:
            found.append(len(connection.atomic_blocks) - outside)
            return done(*given, **how)

        return noted

    outside = len(connection.atomic_blocks)  # those of the test itself
    monkeypatch.setattr(fetching, "fetch", noting(fetching.fetch))
    monkeypatch.setattr(keys, "generate_key_pair", noting(keys.generate_key_pair))
    return found


def test_a_configuration_is_created_and_changed_with_what_was_fetched_before(
    tenant: Tenant, admin: AdminClient, transactions: list[int]
) -> None:
    assert admin.submit(f"{_PAGE}_add", **_NEW, metadata_url=address()).status_code == 302
    with tenant_scope(tenant):
        made = SamlConfiguration.objects.get()
        assert (len(made.certificates), made.keys.count()) == (2, 1)
        SamlConfiguration.objects.update(metadata_url="", certificates=[])
    changed = {"name": "Renamed", "preset": "okta", "metadata_url": address()}
    answer = admin.submit(f"{_PAGE}_change", made.pk, **changed, seen_revision=made.revision)
    assert answer.status_code == 302
    with tenant_scope(tenant):
        assert SamlConfiguration.objects.get().metadata_url == address()
    assert transactions == [0, 0, 0]


def test_keys_and_metadata_are_renewed_outside_of_transactions(
    tenant: Tenant, admin: AdminClient, transactions: list[int]
) -> None:
    admin.submit(f"{_PAGE}_add", **_NEW, metadata_url=address())
    with tenant_scope(tenant):
        made = SamlConfiguration.objects.get()
    for action in ("rotate", "refresh"):
        assert admin.get(address_of(made, action)).status_code == 200
        assert admin.post(address_of(made, action)).status_code == 302
    with tenant_scope(tenant):
        assert {each.state for each in made.keys.all()} == {KeyState.CURRENT, KeyState.NEXT}
    assert transactions == [0] * 4


def test_metadata_that_cannot_be_used_are_refused_beside_their_field(
    tenant: Tenant, admin: AdminClient
) -> None:
    answer = admin.submit(f"{_PAGE}_add", **_NEW, metadata_url="http://example.com/")
    assert "https" in errors_of(answer)
    answer = admin.submit(f"{_PAGE}_add", **_NEW, metadata_xml="<a/>")
    assert "not metadata" in errors_of(answer)
    answer = admin.submit(f"{_PAGE}_add", **{**_NEW, "slug": "ä" * 40})
    assert "a-z" in errors_of(answer)
    with tenant_scope(tenant):
        assert not SamlConfiguration.objects.exists()


def test_nothing_is_fetched_for_whoever_may_not_create(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        user = create_user(username="reader", roles=["viewer"], actor=ACTOR)
    asked = len(server().asked)
    answer = AdminClient(tenant, user).submit(f"{_PAGE}_add", **_NEW, metadata_url=address())
    assert "/admin/login/" in answer["Location"], "a viewer has no admin"
    assert len(server().asked) == asked
    with tenant_scope(tenant):
        assert not SamlConfiguration.objects.exists()


def _only(tenant: Tenant) -> SamlConfiguration:
    with tenant_scope(tenant):
        return SamlConfiguration.objects.get()


def test_a_configuration_is_made_filled_and_refreshed(tenant: Tenant, person: Person) -> None:
    admin = AdminClient(tenant, person(tenant, "admin"))
    admin.submit("saml_samlconfiguration_add", slug="okta", **_FORM)
    made = _only(tenant)
    page = admin.page(_CHANGE, made.pk)
    assert f"http://{tenant.slug}.iac.test/sso/saml/okta/acs/" in page
    assert "No metadata yet" in page
    admin.submit(_CHANGE, made.pk, metadata_url=address(), **_FORM)
    assert (_only(tenant).entity_id, _only(tenant).metadata_url) == (IDP_ID, address())
    assert "EntityDescriptor" not in admin.page(_CHANGE, made.pk)
    # What is left empty stays.
    admin.submit(_CHANGE, made.pk, metadata_url=address(), **{**_FORM, "name": "Renamed"})
    assert (_only(tenant).name, _only(tenant).entity_id) == ("Renamed", IDP_ID)
    admin.submit("saml_samlconfiguration_refresh", made.pk)
    admin.submit(_CHANGE, made.pk, metadata_xml=metadata_document().decode(), **_FORM)
    assert (len(_only(tenant).certificates), _only(tenant).metadata_url) == (1, "")


@pytest.mark.parametrize("preset", Preset.values)
def test_each_product_has_a_guide_with_the_tenants_addresses(
    tenant: Tenant, admin: AdminClient, preset: str
) -> None:
    admin.submit(f"{_PAGE}_add", name="Idp", slug="idp", preset=preset, is_enabled="on")
    page = admin.page(_CHANGE, _only(tenant).pk)
    end = page.index("<b>Test</b>")
    guide = page[page.rindex("<ol>", 0, end) : end]
    at = f"http://{tenant.slug}.iac.test/sso/saml/idp"
    assert f"{at}/acs/" in guide
    assert f"{at}/metadata/" in guide
    assert "{" not in guide or preset == Preset.AUTH0


# --- Metadata as a file -----------------------------------------------------------------
def _file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("metadata.xml", content, "application/samlmetadata+xml")


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_metadata_come_as_a_file(tenant: Tenant, admin: AdminClient, mark: bytes) -> None:
    file = _file(mark + metadata_document())
    assert 'enctype="multipart/form-data"' in admin.page(f"{_PAGE}_add")
    assert admin.submit(f"{_PAGE}_add", **_NEW, metadata_file=file).status_code == 302
    made = _only(tenant)
    assert (made.entity_id, made.metadata_xml) == (IDP_ID, metadata_document().decode())
    with tenant_scope(tenant):
        SamlConfiguration.objects.update(entity_id="", metadata_xml="", metadata_url=address())
    changed = {**_FORM, "metadata_url": address(), "seen_revision": made.revision}
    file = _file(mark + metadata_document())
    assert admin.submit(_CHANGE, made.pk, **changed, metadata_file=file).status_code == 302
    assert (_only(tenant).entity_id, _only(tenant).metadata_url) == (IDP_ID, "")


@pytest.mark.parametrize(
    ("content", "also", "problem"),
    [
        (b" " * (MAX_METADATA_CHARACTERS + 1), {}, "over 262144 characters"),
        (metadata_document().decode().encode("utf-16"), {}, "not in UTF-8"),
        (b"<a/>", {}, "not metadata"),
        (b"", {}, "empty"),
        (metadata_document(), {"metadata_xml": metadata_document().decode()}, "not both"),
        (metadata_document(), {"metadata_url": "https://idp.example/"}, "not both"),
    ],
    ids=["large", "utf-16", "other", "empty", "text", "url"],
)
def test_a_file_that_cannot_be_used_is_refused(
    tenant: Tenant, admin: AdminClient, content: bytes, also: dict[str, str], problem: str
) -> None:
    answer = admin.submit(f"{_PAGE}_add", **_NEW, **also, metadata_file=_file(content))
    assert problem in errors_of(answer)
    with tenant_scope(tenant):
        assert not SamlConfiguration.objects.exists()


def test_nothing_of_a_large_file_is_read() -> None:
    class Unread(SimpleUploadedFile):
        def read(self, *_: Any) -> bytes:
            raise AssertionError

    with pytest.raises(MetadataRefused, match="over 262144"):
        uploaded(Unread("metadata.xml", b" " * (MAX_METADATA_CHARACTERS + 1)), "")
