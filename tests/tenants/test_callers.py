"""Who calls is found in one round trip, and nobody who would not be found by two."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from iac_platform.cache.tables import noting_reads
from iac_platform.gateway.credentials import Credential
from rbac import tokens
from rbac.models import ApiToken, SupportAccess, User
from rbac.selectors import token_by_digest, token_shown
from rbac.services.support import open_access
from rbac.services.tokens import create_token, revoke_token
from rbac.services.users import update_user
from tenants import selectors
from tenants.context import no_tenant_scope, tenant_scope
from tenants.database.lookups import READ_OF_CALLER
from tenants.models import Domain, Tenant, TenantStatus
from tests.api_client import ApiClient, host_of
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Api, Person, Rivals

ME = "/api/v1/me/"


def called(host: str, secret: str) -> tuple[Tenant, ApiToken | None] | None:
    """Whose a host is, and the token of it that is shown there; None where that is not known."""
    credential = tokens.parse(secret)
    assert credential is not None
    with no_tenant_scope():
        found = selectors.caller(host, credential)
    return None if found is None else (found[0], token_shown(credential, found[1]))


def minted(tenant: Tenant, person: Person, **limits: Any) -> tuple[ApiToken, str]:
    user = person(tenant, "viewer")
    with tenant_scope(tenant):
        return create_token(user, name="robot", actor=ACTOR, **limits)


def set_of_tenant(operator: Tenant, tenant: Tenant, **values: Any) -> None:
    with tenant_scope(operator):
        Tenant.objects.filter(pk=tenant.pk).update(**values)


def test_a_request_asks_once_who_calls(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "viewer")
    client.get(ME)  # what is noted once in a while is noted
    for method, path in (("get", ME), ("post", "/api/v1/tokens/")):
        with CaptureQueriesContext(connection) as queries:
            assert getattr(client, method)(path).status_code in (200, 400)
        texts = [query["sql"] for query in queries]
        assert "public.caller(" in texts[0]
        assert not [text for text in texts if "tenant_at_host" in text or "token_with" in text]


def test_it_finds_all_that_the_models_know(
    operator: Tenant, tenant: Tenant, person: Person
) -> None:
    limits = {"scopes": ["user.view"], "networks": ["192.0.2.0/24", "2001:db8::/32"]}
    in_an_hour = timezone.now() + timedelta(hours=1)
    row, secret = minted(tenant, person, **limits, expires_at=in_an_hour)
    set_of_tenant(operator, tenant, quota_overrides={"users": None, "projects": 7})
    with tenant_scope(tenant):
        ApiToken.objects.update(last_used_at=timezone.now(), last_used_ip="2001:db8::1")
    found = called(host_of(tenant), secret)
    assert found is not None
    same_tenant, token = found
    assert token is not None
    with tenant_scope(tenant):
        pairs: list[tuple[Any, Any]] = [
            (same_tenant, Tenant.objects.get(pk=tenant.pk)),
            (same_tenant.plan, tenant.plan),
            (same_tenant.placement, tenant.placement),
            (token, ApiToken.objects.get(pk=row.pk)),
            (token.user, User.objects.get(pk=row.user_id)),
        ]
    for mine, theirs in pairs:
        names = [field.attname for field in theirs._meta.concrete_fields]
        assert [getattr(mine, name) for name in names] == [getattr(theirs, name) for name in names]
    assert token.user.through is token


@pytest.mark.parametrize("ends", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_write_that_a_move_fences_off_does_not_wait_for_it(
    operator: Tenant, tenant: Tenant, person: Person, ends: timedelta
) -> None:
    """It is left to the steps, which refuse it before they enter the tenant."""
    row, secret = minted(tenant, person)
    set_of_tenant(operator, tenant, writes_fenced_until=timezone.now() + ends)
    found = called(host_of(tenant), secret)
    assert found == (None if ends > timedelta() else (tenant, row))


def _revoke(token: ApiToken) -> object:
    return revoke_token(token, actor=ACTOR)


def _expire(_: ApiToken) -> object:
    return ApiToken.objects.update(expires_at=timezone.now())


def _deactivate(token: ApiToken) -> object:
    return update_user(token.user, actor=ACTOR, changes={"is_active": False})


@pytest.mark.parametrize("lapse", [_revoke, _expire, _deactivate])
def test_a_token_that_has_lapsed_finds_its_tenant_alone(
    tenant: Tenant, person: Person, lapse: Callable[[ApiToken], object]
) -> None:
    person(tenant, "admin")
    row, secret = minted(tenant, person)
    assert called(host_of(tenant), secret) == (tenant, row)
    with tenant_scope(tenant):
        lapse(row)
    assert called(host_of(tenant), secret) == (tenant, None)
    assert ApiClient(tenant, token=secret).get(ME).status_code == 401


@pytest.mark.parametrize("ended", ["revoked", "expired"])
def test_support_access_is_asked_for_as_well(tenant: Tenant, ended: str) -> None:
    with tenant_scope(tenant):
        grant = open_access(operator=ACTOR, reason="A ticket", role="viewer", minutes=30)
        ApiToken.objects.filter(user=grant.access.user).update(expires_at=None)
    found = called(host_of(tenant), grant.token)
    assert found is not None
    assert found[1] is not None
    with tenant_scope(tenant):
        SupportAccess.objects.update(
            **{"revoked_at" if ended == "revoked" else "expires_at": timezone.now()}
        )
        assert token_by_digest(tokens.digest(grant.token)) is None
    assert called(host_of(tenant), grant.token) == (tenant, None)


def test_nobody_is_found_at_anothers_host(rivals: Rivals, person: Person) -> None:
    attacker, victim = rivals
    row, secret = minted(attacker, person)
    assert called(host_of(attacker), secret) == (attacker, row)
    assert called(host_of(victim), secret) is None
    # A token that names the victim, by an attacker who knows its id alone.
    assert called(host_of(victim), tokens.mint(victim.pk)) == (victim, None)
    # And a digest of the attacker's under the victim's name.
    forged = Credential(victim.pk, row.digest)
    with no_tenant_scope():
        found = selectors.caller(host_of(victim), forged)
    assert found is not None
    assert token_shown(forged, found[1]) is None


def test_what_was_read_of_one_credential_says_nothing_of_another(
    tenant: Tenant, person: Person
) -> None:
    row, secret = minted(tenant, person)
    shown, other = tokens.parse(secret), tokens.parse(tokens.mint(tenant.pk))
    assert shown is not None
    assert other is not None
    with no_tenant_scope():
        found = selectors.caller(host_of(tenant), shown)
    assert found is not None
    with tenant_scope(tenant):
        assert token_shown(shown, found[1]) == row
        assert token_shown(other, found[1]) is None


@pytest.mark.parametrize("status", [each for each in TenantStatus if each != "active"])
def test_a_tenant_that_takes_no_requests_is_looked_at_more_closely(
    operator: Tenant, tenant: Tenant, person: Person, status: str
) -> None:
    _, secret = minted(tenant, person)
    set_of_tenant(operator, tenant, status=status)
    assert called(host_of(tenant), secret) is None
    assert ApiClient(tenant, token=secret).get(ME).status_code in (403, 503)
    set_of_tenant(operator, tenant, status="active")
    assert ApiClient(tenant, token=secret).get(ME).status_code == 200


@pytest.mark.parametrize(
    "change", [{"verified_at": None}, {"redirects_until": timezone.now() + timedelta(days=1)}]
)
def test_so_is_a_domain_that_serves_none(
    operator: Tenant, tenant: Tenant, person: Person, change: dict[str, Any]
) -> None:
    row, secret = minted(tenant, person)
    assert called(host_of(tenant), secret) == (tenant, row)
    with tenant_scope(operator):
        Domain.objects.filter(domain=host_of(tenant)).update(**change)
    assert called(host_of(tenant), secret) is None


def test_the_next_statement_runs_in_its_own_scope(rivals: Rivals, person: Person) -> None:
    attacker, victim = rivals
    _, secret = minted(attacker, person)
    person(victim, "engineer")
    found = called(host_of(attacker), secret)  # within the transaction of this test
    assert found is not None
    with tenant_scope(victim):
        assert set(User.objects.values_list("tenant_id", flat=True)) == {victim.pk}
    with no_tenant_scope():
        assert Domain.objects.filter(tenant__in=[attacker, victim]).count() >= 2


def test_an_answer_depends_on_all_that_it_was_found_by(tenant: Tenant, person: Person) -> None:
    _, secret = minted(tenant, person)
    with noting_reads() as reads:
        called(host_of(tenant), secret)
    assert reads.is_certain
    assert {(str(tenant.pk), table) for table in READ_OF_CALLER} <= reads.stamps
    shared = ("domains", "tenants", "service_plans", "placements")
    assert {("", table) for table in shared} <= reads.stamps
