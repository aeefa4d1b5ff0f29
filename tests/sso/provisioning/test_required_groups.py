"""A mapping that requires a group lets only its people in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.errors import CannotGrant
from rbac.models import AuditEntry, User
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.users import create_user
from sso.provisioning.errors import InvalidMapping
from sso.provisioning.external import preview
from sso.provisioning.models import ProviderMapping
from sso.provisioning.services.mappings import create_mapping, delete_mapping, update_mapping
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.sso.provisioning.people import external
from tests.sso.saml.visitors import Visitor, configure, events

if TYPE_CHECKING:
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
            **{"actor": ACTOR, **chosen, **changes},
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


@pytest.fixture
def clerk(tenant: Tenant) -> User:
    """Somebody who may change mappings and grant roles, and holds what its group gives."""
    names = ("provider_mapping.view", "provider_mapping.update", "role.grant")
    with tenant_scope(tenant):
        role = create_role(name="Clerk", permissions=dict.fromkeys(names, "tenant"), actor=ACTOR)
        user = create_user(username="clerk", roles=["viewer", role.key], actor=ACTOR)
        found: User = User.objects.get(pk=user.pk)
        return found


_NOBODYS = [{"group": "nobody's", "role": "viewer"}]
_WRITES_NOBODY = {"creates_users": False, "updates_users": False}


def test_whoever_is_no_admin_cannot_lock_everybody_out(
    tenant: Tenant, okta: SamlConfiguration, clerk: User
) -> None:
    here = Visitor(tenant)
    here.sign_on()
    chosen = {"group_roles": _NOBODYS, "actor": clerk, **_WRITES_NOBODY}
    with pytest.raises(CannotGrant):
        _require(tenant, okta, **chosen)
    with tenant_scope(tenant):
        assert not ProviderMapping.objects.exists()
    mapping = _require(tenant, okta, requires_group=False, **chosen)
    with pytest.raises(CannotGrant), tenant_scope(tenant):
        update_mapping(mapping, actor=clerk, changes={"requires_group": True})
    assert Visitor(tenant).sign_on().status_code == 302
    assert here.get("/account/").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"requires_group": False}, {"group_roles": _NOBODYS}, {"groups_attribute": "mail"}],
)
def test_nor_let_in_whoever_has_left(
    tenant: Tenant, okta: SamlConfiguration, clerk: User, changes: dict[str, Any]
) -> None:
    mapping = _require(tenant, okta, **_WRITES_NOBODY)
    with tenant_scope(tenant):
        with pytest.raises(CannotGrant):
            update_mapping(mapping, actor=clerk, changes=changes)
        mapping.refresh_from_db()
        update_mapping(mapping, actor=clerk, changes={"email_attribute": "mail"})
        admin = create_user(username="root", roles=["admin"], actor=ACTOR)
        update_mapping(mapping, actor=admin, changes=changes)


def test_nor_delete_the_mapping_that_keeps_them_out(
    tenant: Tenant, okta: SamlConfiguration, clerk: User
) -> None:
    with tenant_scope(tenant):
        names = ("user.create", "user.update")
        role = create_role(name="Adder", permissions=dict.fromkeys(names, "tenant"), actor=ACTOR)
        grant_role(clerk, role, actor=ACTOR)
        adder = User.objects.get(pk=clerk.pk)
    mapping = _require(tenant, okta)
    with tenant_scope(tenant):
        with pytest.raises(CannotGrant):
            delete_mapping(mapping, actor=adder)
        update_mapping(mapping, actor=ACTOR, changes={"requires_group": False})
        delete_mapping(mapping, actor=adder)
        assert not ProviderMapping.objects.exists()


def test_a_preview_says_so(tenant: Tenant, okta: SamlConfiguration) -> None:
    mapping = _require(tenant, okta)
    assert "requires a group" in preview(mapping, external(groups=("Guests",))).problem
    assert not preview(mapping, external(groups=("Engineers",))).problem
