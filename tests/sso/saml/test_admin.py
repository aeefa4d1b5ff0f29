"""SAML configurations in the admin: the same services, and metadata that are not shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sso.saml.models import SamlConfiguration
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.sso.saml.protocol.describing import metadata_document
from tests.sso.saml.protocol.drafts import IDP_ID
from tests.sso.saml.published import address

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person

_CHANGE = "saml_samlconfiguration_change"
_FORM = {"name": "Okta", "preset": "okta", "is_enabled": "on"}


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


def test_what_is_wrong_with_metadata_stands_at_its_field(tenant: Tenant, person: Person) -> None:
    admin = AdminClient(tenant, person(tenant, "admin"))
    answer = admin.submit("saml_samlconfiguration_add", slug="okta", metadata_xml="<a/>", **_FORM)
    assert "not metadata" in answer.content.decode()
    with tenant_scope(tenant):
        assert not SamlConfiguration.objects.exists()
