"""Two real identity providers of one tenant, and one person at two tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rbac.models import User
from tenants.context import tenant_scope
from tests.sso.saml.protocol.drafts import signer
from tests.sso.saml.simplesamlphp import Arrival, SimpleSamlPhp
from tests.sso.saml.test_sign_on_at_simplesamlphp import Site, bring
from tests.sso.saml.visitors import Visitor, events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenants.models import Tenant
    from tests.conftest import Rivals

pytestmark = pytest.mark.needs("simplesamlphp")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[SimpleSamlPhp]]:
    """Two identity providers; each calls the same person the same."""
    made = [
        SimpleSamlPhp(
            tmp_path_factory.mktemp(name), signer(name).pair(), f"https://{name}.example.test/"
        )
        for name in ("first-idp", "second-idp")
    ]
    try:
        for each in made:
            each.start()
        yield made
    finally:
        for each in made:
            each.stop()


@pytest.fixture
def sites(tenant: Tenant, servers: list[SimpleSamlPhp]) -> list[Site]:
    """One tenant that trusts both."""
    both = [Site(tenant, server) for server in servers]
    for site, slug in zip(both, ("first", "second"), strict=True):
        site.configure(slug, {})
    return both


def test_people_of_two_identity_providers_are_different_people(
    sites: list[Site], tenant: Tenant
) -> None:
    visitor = Visitor(tenant)
    assert bring(visitor, sites[0].arrive(visitor, "first")).status_code == 302
    other = Visitor(tenant)
    assert bring(other, sites[1].arrive(other, "second")).status_code == 403
    assert events(tenant)[-1].code == "username-taken"
    assert other.user_id() is None


def test_one_identity_provider_does_not_speak_for_the_other(
    sites: list[Site], tenant: Tenant
) -> None:
    visitor = Visitor(tenant)
    arrival = sites[0].arrive(visitor, "first")
    # To where the other's responses are brought, by a browser that has asked that one too.
    url = sites[1].arrive(visitor, "second").url
    assert bring(visitor, Arrival(url, arrival.fields)).status_code == 403
    assert events(tenant)[-1].code == "signature-invalid"
    again = Visitor(tenant)
    assert bring(again, sites[1].arrive(again, "second")).status_code == 302


def test_one_person_at_two_tenants_is_a_user_of_each(
    rivals: Rivals, servers: list[SimpleSamlPhp]
) -> None:
    homes = [Site(tenant, servers[0]) for tenant in rivals]
    for home in homes:
        home.configure("shared", {})
    servers[0].trust(*(partner for home in homes for partner in home.partners()))
    users = []
    for home in homes:
        visitor = Visitor(home.tenant)
        assert bring(visitor, home.arrive(visitor, "shared")).status_code == 302
        with tenant_scope(home.tenant):
            users.append(User.objects.get(pk=visitor.user_id()))
    assert users[0].pk != users[1].pk
    assert users[0].username == users[1].username


def test_a_response_for_one_tenant_is_refused_by_another(
    rivals: Rivals, servers: list[SimpleSamlPhp]
) -> None:
    mine, theirs = (Site(tenant, servers[0]) for tenant in rivals)
    for home in (mine, theirs):
        home.configure("shared", {}, allows_idp_initiated=True)
    servers[0].trust(*mine.partners(), *theirs.partners())
    visitor = Visitor(mine.tenant)
    arrival = mine.arrive(visitor, "shared")
    victim = Visitor(theirs.tenant)
    url = arrival.url.replace(mine.tenant.slug, theirs.tenant.slug)
    assert bring(victim, Arrival(url, arrival.fields)).status_code == 403
    assert events(theirs.tenant)[-1].code == "wrong-destination"
    assert bring(visitor, arrival).status_code == 302
