"""Mappings in the admin: a line for each group, by the services that the API asks too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.services.teams import create_team
from rbac.services.users import create_user
from sso.provisioning.models import ProviderMapping
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.conftest import ACTOR
from tests.sso.saml.visitors import configure
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    from rbac.models import User
    from sso.saml.models import SamlConfiguration
    from tenants.models import Tenant
    from tests.conftest import Rivals

_PAGE = "provisioning_providermapping"
_FORM = {"groups_attribute": "groups", "role_sync": "exact", "requires_group": "on"}


@pytest.fixture
def okta(tenant: Tenant) -> SamlConfiguration:
    """A configuration that is switched off yet."""
    return configure(tenant, is_enabled=False)


@pytest.fixture
def root(tenant: Tenant) -> User:
    """An admin."""
    with tenant_scope(tenant):
        return create_user(username="root", roles=["admin"], actor=ACTOR)


def _only(tenant: Tenant) -> ProviderMapping:
    with tenant_scope(tenant):
        return ProviderMapping.objects.select_related("author").get()


def test_groups_are_edited_line_by_line(
    tenant: Tenant, okta: SamlConfiguration, root: User
) -> None:
    with tenant_scope(tenant):
        team = create_team(name="Web", actor=ACTOR)
    admin = AdminClient(tenant, root)
    given: dict[str, Any] = {
        "provider": f"saml {okta.pk}",
        "group_roles-group": ["Engineers", "Web people", "", ""],
        "group_roles-gives": ["role viewer", f"team {team.pk}", "", ""],
    }
    assert admin.submit(f"{_PAGE}_add", **_FORM, **given).status_code == 302
    made = _only(tenant)
    engineers = {"group": "Engineers", "role": "viewer"}
    assert made.group_roles == [engineers, {"group": "Web people", "team": str(team.pk)}]
    assert (made.author, made.role_sync, made.requires_group) == (root, "exact", True)
    page = admin.page(f"{_PAGE}_change", made.pk)
    assert "Team Web" in page
    assert 'value="Engineers"' in page
    changed = {"group_roles-group": ["Engineers", ""], "group_roles-gives": ["role viewer", ""]}
    answer = admin.submit(
        f"{_PAGE}_change", made.pk, **_FORM, **changed, seen_revision=made.revision
    )
    assert answer.status_code == 302
    assert _only(tenant).group_roles == [engineers]
    assert "Okta" in admin.page(f"{_PAGE}_changelist")
    # The provider has one now.
    assert f"saml {okta.pk}" not in admin.page(f"{_PAGE}_add")


@pytest.mark.parametrize("gives", ["role no-such", "", "team x", "owner x"])
def test_a_line_that_makes_no_sense_is_refused_and_kept(
    tenant: Tenant, okta: SamlConfiguration, root: User, gives: str
) -> None:
    given = {
        "provider": f"saml {okta.pk}",
        "group_roles-group": ["Engineers"],
        "group_roles-gives": [gives],
    }
    answer = AdminClient(tenant, root).submit(f"{_PAGE}_add", **_FORM, **given)
    assert answer.status_code == 200
    assert 'value="Engineers"' in answer.content.decode()
    with tenant_scope(tenant):
        assert not ProviderMapping.objects.exists()


@an_attacker_in_each_tier
def test_nothing_of_another_tenant_is_offered_or_taken(rivals: Rivals) -> None:
    theirs = configure(rivals.victim)
    with tenant_scope(rivals.victim):
        team = create_team(name="Victims", actor=ACTOR)
    with tenant_scope(rivals.attacker):
        root = create_user(username="root", roles=["admin"], actor=ACTOR)
    admin, own = AdminClient(rivals.attacker, root), configure(rivals.attacker, "own")
    page = admin.page(f"{_PAGE}_add")
    assert "Own" in page
    assert str(theirs.pk) not in page
    assert "Victims" not in page
    given = {"group_roles-group": ["a"], "group_roles-gives": [f"team {team.pk}"]}
    for provider, groups in ((theirs, {}), (own, given)):
        answer = admin.submit(f"{_PAGE}_add", provider=f"saml {provider.pk}", **_FORM, **groups)
        assert answer.status_code == 200
    for tenant in rivals:
        with tenant_scope(tenant):
            assert not ProviderMapping.objects.exists()
