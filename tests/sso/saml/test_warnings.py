"""Admins are warned before something expires."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from sso.saml.models import KeyState, SamlConfiguration, ServiceProviderKey
from sso.saml.protocol.keys import fingerprint_of, generate_key_pair
from sso.saml.services.configurations import create_configuration, update_configuration
from sso.saml.services.keys import rotate_key
from sso.saml.warnings import warnings_of
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.conftest import ACTOR
from tests.sso.saml.protocol.describing import metadata_document

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Person

_DAY = timedelta(days=1)


def expiring_in(days: float) -> str:
    """A certificate that expires in so many days."""
    now = timezone.now() - _DAY
    return generate_key_pair("idp", now=now, valid_for=_DAY * (days + 1)).certificate_pem


def _codes(configuration: SamlConfiguration) -> list[str]:
    fresh = SamlConfiguration.objects.get(pk=configuration.pk)
    return [each.code for each in warnings_of(fresh)]


@pytest.fixture
def okta(in_scope: Tenant) -> SamlConfiguration:
    """A configuration of which nothing ends soon."""
    del in_scope
    configuration = create_configuration(
        name="Okta", slug="okta", actor=ACTOR, metadata_xml=metadata_document().decode()
    )
    SamlConfiguration.objects.update(certificates=[expiring_in(90)])
    return configuration


@pytest.mark.parametrize(
    ("days", "codes"),
    [(29, ["identity-provider-certificate"]), (-0.5, ["identity-provider-certificate"]), (31, [])],
)
def test_certificates_are_warned_of_a_month_before(
    okta: SamlConfiguration, days: float, codes: list[str]
) -> None:
    pem = expiring_in(days)
    SamlConfiguration.objects.update(certificates=[expiring_in(90), pem])
    assert _codes(okta) == codes
    fresh = SamlConfiguration.objects.get(pk=okta.pk)
    said = "has expired" if days < 0 else f"expires on {timezone.now() + days * _DAY:%Y-%m-%d}"
    assert all(fingerprint_of(pem) in each.detail for each in warnings_of(fresh))
    assert all(said in each.detail for each in warnings_of(fresh))


def test_own_keys_are_warned_of_until_they_are_replaced(okta: SamlConfiguration) -> None:
    ServiceProviderKey.objects.update(expires_at=timezone.now() + _DAY)
    assert _codes(okta) == ["own-certificate"]
    rotate_key(okta, actor=ACTOR)
    assert _codes(okta) == ["own-certificate"]
    rotate_key(okta, actor=ACTOR)
    assert _codes(okta) == []
    assert okta.keys.filter(state=KeyState.PREVIOUS).exists()


@pytest.mark.parametrize(
    ("days", "url", "codes"),
    [
        (29, "", ["metadata"]),
        (31, "", []),
        (29, "https://idp.example.com/metadata", []),
        (1, "https://idp.example.com/metadata", ["metadata"]),
    ],
)
def test_metadata_are_warned_of_sooner_where_nobody_fetches_them(
    okta: SamlConfiguration, days: int, url: str, codes: list[str]
) -> None:
    ends = (timezone.now() + days * _DAY).replace(microsecond=0)
    document = metadata_document(until=f' validUntil="{ends:%Y-%m-%dT%H:%M:%SZ}"').decode()
    update_configuration(okta, actor=ACTOR, changes={"metadata_xml": document})
    SamlConfiguration.objects.update(metadata_url=url, certificates=[expiring_in(90)])
    assert SamlConfiguration.objects.get().metadata_valid_until == ends
    assert _codes(okta) == codes


def test_they_stand_in_the_api_and_in_the_admin(tenant: Tenant, api: Api, person: Person) -> None:
    with tenant_scope(tenant):
        made = create_configuration(
            name="Okta", slug="okta", actor=ACTOR, metadata_xml=metadata_document().decode()
        )
        SamlConfiguration.objects.update(certificates=[expiring_in(2)])
    shown: Any = api(tenant).get(f"/api/v1/sso/saml/{made.pk}/").json()
    [warning] = shown["warnings"]
    assert warning["code"] == "identity-provider-certificate"
    ends = datetime.fromisoformat(warning["expires_at"])
    assert _DAY < ends - datetime.now(UTC) < 3 * _DAY
    admin = AdminClient(tenant, person(tenant, "admin"))
    assert "identity provider certificate" in admin.page("saml_samlconfiguration_changelist")
    assert warning["detail"][:40] in admin.page("saml_samlconfiguration_change", made.pk)
