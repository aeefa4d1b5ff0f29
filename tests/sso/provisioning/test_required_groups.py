"""A mapping that requires a group lets only its people in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import AuditEntry, User
from sso.provisioning.errors import InvalidMapping
from sso.provisioning.external import preview
from sso.provisioning.services.mappings import create_mapping, update_mapping
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.sso.provisioning.people import external
from tests.sso.saml.visitors import Visitor, configure, events

if TYPE_CHECKING:
    from sso.provisioning.models import ProviderMapping
    from sso.saml.models import SamlConfiguration
    from tenants.models import Tenant

_GROUP = [{"group": "Engineers", "role": "viewer"}]
_NONE = '<saml:Attribute Name="groups"/>'
_OTHER = (
    '<saml:Attribute Name="groups"><saml:AttributeValue>engineers</saml:AttributeValue>'
    "</saml:Attribute>"
)
_NOT_SENT = '<saml:Attribute Name="mail"/>'


def _require(tenant: Tenant, configuration: SamlConfiguration, **changes: Any) -> ProviderMapping:
    chosen = {"groups_attribute": "groups", "group_roles": _GROUP, "requires_group": True}
    with tenant_scope(tenant):
        return create_mapping(
            provider_kind="saml",
            provider_id=configuration.pk,
            actor=ACTOR,
            **{**chosen, **changes},
        )


@pytest.fixture
def okta(tenant: Tenant) -> SamlConfiguration:
    """A configuration."""
    return configure(tenant)


@pytest.mark.parametrize("values", [_NONE, _OTHER, _NOT_SENT])
def test_whoever_is_in_none_of_the_groups_is_refused(
    tenant: Tenant, okta: SamlConfiguration, values: str
) -> None:
    _require(tenant, okta)
    assert Visitor(tenant).sign_on(values=values).status_code == 403
    assert events(tenant)[-1].code == "group-missing"
    with tenant_scope(tenant):
        assert not User.objects.named("ada@example.com").exists()
    assert Visitor(tenant).sign_on().status_code == 302, "of the group Engineers"


def test_sessions_end_of_whoever_has_left_the_groups(
    tenant: Tenant, okta: SamlConfiguration
) -> None:
    mapping = _require(tenant, okta)
    before, after = Visitor(tenant), Visitor(tenant)
    before.sign_on()
    assert before.get("/account/").status_code == 200
    assert after.sign_on(values=_NONE).status_code == 403
    assert before.get("/account/").status_code == 302
    with tenant_scope(tenant):
        assert not Session.objects.filter(user__isnull=False).exists()
        assert AuditEntry.objects.filter(action="identity.group_missing").exists()
        update_mapping(mapping, actor=ACTOR, changes={"requires_group": False})
    assert after.sign_on(values=_NONE).status_code == 302


@pytest.mark.parametrize("missing", [{"group_roles": []}, {"groups_attribute": ""}])
def test_it_needs_groups_to_require(
    tenant: Tenant, okta: SamlConfiguration, missing: dict[str, Any]
) -> None:
    with pytest.raises(InvalidMapping, match="groups"):
        _require(tenant, okta, **missing)
    _require(tenant, okta)


def test_a_preview_says_so(tenant: Tenant, okta: SamlConfiguration) -> None:
    mapping = _require(tenant, okta)
    assert "requires a group" in preview(mapping, external(groups=("Guests",))).problem
    assert not preview(mapping, external(groups=("Engineers",))).problem
