"""Tokens that may do less than their users, and that nobody grows by making another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rbac.access.holdings import Period
from rbac.models import ApiToken, AuditEntry, RoleGrant, Team
from rbac.services.grants import grant_role, revoke_grant
from rbac.services.roles import find_role
from rbac.services.teams import add_member, create_team, remove_member
from rbac.services.tokens import MOST_TOKENS, USE_NOTED_EVERY, create_token, revoke_token
from rbac.services.users import update_user
from tenants.context import tenant_scope
from tests.api_client import ApiClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant
    from tests.conftest import Api, Person

TOKENS = "/api/v1/tokens/"
ME = "/api/v1/me/"
PROJECTS = "/api/v1/projects/"
AUDIT = "/api/v1/audit/"

Through = Callable[..., ApiClient]


@pytest.fixture
def through(person: Person) -> Through:
    """A client of a user who acts through a token with limits."""

    def connect(tenant: Tenant, role: str = "admin", **limits: Any) -> ApiClient:
        user = person(tenant, role)
        with tenant_scope(tenant):
            _, secret = create_token(user, name="limited", actor=ACTOR, **limits)
        return ApiClient(tenant, user=user, token=secret)

    return connect


def count_of(tenant: Tenant, **found: Any) -> int:
    with tenant_scope(tenant):
        return ApiToken.objects.filter(**found).count()


# --- Scopes -----------------------------------------------------------------------------
def test_a_token_does_what_its_scopes_leave_and_no_more(tenant: Tenant, through: Through) -> None:
    reader = through(tenant, scopes=["*.view"])
    assert reader.get(PROJECTS).status_code == 200
    assert reader.get(AUDIT).status_code == 200
    refused = reader.post(PROJECTS, {"name": "Shop"})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-denied")
    assert refused.json()["detail"] == "This needs the permission project.create."
    held = reader.get(ME).json()["permissions"]
    assert held
    assert all(name.endswith(".view") for name in held)
    writer = through(tenant, scopes=["project.*"])
    assert writer.post(PROJECTS, {"name": "Shop"}).status_code == 201
    assert writer.get(AUDIT).status_code == 403


def test_scopes_give_nothing_that_the_user_lacks(tenant: Tenant, through: Through) -> None:
    viewer = through(tenant, "viewer", scopes=["project.*", "audit.view"])
    assert viewer.get(PROJECTS).status_code == 200
    assert viewer.post(PROJECTS, {"name": "Shop"}).status_code == 403
    assert viewer.get(AUDIT).status_code == 403


def test_scopes_hold_where_rights_are_read_again_under_the_lock(
    tenant: Tenant, through: Through, person: Person
) -> None:
    """An admin's token that may only grant roles grants none, for it has nothing to give."""
    viewer = person(tenant, "viewer")
    granting = through(tenant, scopes=["role.grant", "user.view"])
    address = f"/api/v1/users/{viewer.pk}/roles/"
    refused = granting.post(address, {"role": "admin"})
    assert (refused.status_code, refused.json()["code"]) == (403, "cannot-grant")
    adding = through(tenant, scopes=["user.create"])
    newcomer = {"username": "eve", "roles": ["admin"]}
    assert adding.post("/api/v1/users/", newcomer).status_code == 403
    with tenant_scope(tenant):
        assert viewer.role_grants.count() == 1
    assert through(tenant).post(address, {"role": "admin"}).status_code == 200


def test_a_token_that_is_revoked_meanwhile_holds_nothing_under_the_lock(
    tenant: Tenant, person: Person
) -> None:
    admin = person(tenant)
    with tenant_scope(tenant):
        token, _ = create_token(admin, name="late", actor=ACTOR)
        admin.through = ApiToken.objects.get(pk=token.pk)
        assert admin.read_access_again().entitlements
        revoke_token(token, actor=ACTOR)
        assert not admin.read_access_again().entitlements


@pytest.mark.parametrize(
    "scopes", [["blueprint.fly"], ["*"], [], ["project.view", ""], ["x" * 101]]
)
def test_scopes_that_name_nothing_are_refused(tenant: Tenant, api: Api, scopes: list[str]) -> None:
    refused = api(tenant).post(TOKENS, {"name": "robot", "scopes": scopes})
    assert refused.status_code == 400
    assert "/scopes" in str(refused.json()["errors"])
    assert count_of(tenant, name="robot") == 0
    made = api(tenant).post(TOKENS, {"name": "robot", "scopes": ["project.*", "audit.view"]})
    assert made.json()["scopes"] == ["audit.view", "project.*"]


# --- Networks ---------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.8"])
def test_a_token_works_from_its_networks_alone(
    tenant: Tenant, through: Through, address: str
) -> None:
    client = through(tenant, networks=["192.0.2.0/24", "2001:db8::/64"])
    nobody = ApiClient(tenant, token="x").get(ME)
    for elsewhere in ("192.0.3.7", "2001:db8:1::7", "", "unknown"):
        refused = client.get(ME, REMOTE_ADDR=elsewhere)
        assert refused.status_code == 401
        # What a stolen token is told says nothing of where it would work.
        assert refused.json()["detail"] == nobody.json()["detail"]
    assert count_of(tenant, name="limited", last_used_at=None) == 1
    assert client.get(ME, REMOTE_ADDR=address).status_code == 200


def test_a_forwarded_address_that_nobody_trusts_opens_nothing(
    tenant: Tenant, through: Through
) -> None:
    client = through(tenant, networks=["192.0.2.0/24"])
    claimed = {"X-Forwarded-For": "192.0.2.7"}
    assert client.get(ME, headers=claimed, REMOTE_ADDR="198.51.100.1").status_code == 401


@pytest.mark.parametrize("networks", [["10.0.0.1/8"], ["x"], [], ["10.0.0.0/8"] * 21])
def test_what_is_no_network_is_refused(tenant: Tenant, api: Api, networks: list[str]) -> None:
    refused = api(tenant).post(TOKENS, {"name": "robot", "networks": networks})
    assert refused.status_code == 400
    assert "/networks" in str(refused.json()["errors"])
    made = api(tenant).post(TOKENS, {"name": "robot", "networks": ["10.0.0.0/8", "::ffff:0:0/96"]})
    assert made.json()["networks"] == ["10.0.0.0/8", "0.0.0.0/0"]


# --- Nobody grows by minting ------------------------------------------------------------
SOON = timedelta(days=1)


@pytest.mark.parametrize(
    ("excess", "expected"),
    [
        ({"scopes": None}, "scopes"),
        ({"scopes": ["project.*"]}, "scopes"),
        ({"scopes": ["project.view", "audit.view"]}, "scopes"),
        ({"networks": None}, "networks"),
        ({"networks": ["126.0.0.0/7"]}, "networks"),
        ({"networks": ["127.0.0.1", "192.0.2.1"]}, "networks"),
        ({"expires_at": None}, "expire"),
        ({"expires_at": 2 * SOON}, "expire"),
    ],
)
def test_a_token_makes_none_that_exceeds_it(
    tenant: Tenant, through: Through, excess: dict[str, Any], expected: str
) -> None:
    now = timezone.now()
    shown = {"scopes": ["token.create", "project.view"], "networks": ["127.0.0.0/8"]}
    client = through(tenant, expires_at=now + SOON, **shown)
    within = {
        "scopes": ["project.view"],
        "networks": ["127.0.0.1/32"],
        "expires_at": SOON / 2,
    }

    def asked(limits: dict[str, Any]) -> Any:
        end = limits["expires_at"]
        when = None if end is None else (now + end).isoformat()
        return client.post(TOKENS, {"name": "child", **limits, "expires_at": when})

    refused = asked({**within, **excess})
    assert (refused.status_code, refused.json()["code"]) == (403, "cannot-grant")
    assert expected in refused.json()["detail"]
    assert count_of(tenant, name="child") == 0
    made = asked(within)
    assert made.status_code == 201
    child = ApiClient(tenant, token=made.json()["token"])
    assert child.get(PROJECTS).status_code == 200
    assert child.post(TOKENS, {"name": "grandchild"}).status_code == 403


def test_a_token_without_limits_makes_any(tenant: Tenant, api: Api) -> None:
    made = api(tenant).post(TOKENS, {"name": "child", "scopes": None, "networks": None})
    assert made.status_code == 201
    assert api(tenant).get(made["Location"]).json()["scopes"] is None


def test_active_tokens_of_a_user_are_limited(tenant: Tenant, person: Person, api: Api) -> None:
    client = api(tenant, "viewer")
    user = person(tenant, "viewer")
    with tenant_scope(tenant):
        ApiToken.objects.bulk_create(
            ApiToken(user=user, name="one of many", prefix="iac", digest=str(number))
            for number in range(MOST_TOKENS - 1)
        )
    refused = client.post(TOKENS, {"name": "robot"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-tokens")
    with tenant_scope(tenant):
        revoke_token(ApiToken.objects.filter(name="one of many")[0], actor=ACTOR)
    assert client.post(TOKENS, {"name": "robot"}).status_code == 201


# --- Last use ---------------------------------------------------------------------------
def test_the_last_use_is_noted_once_in_some_minutes(tenant: Tenant, through: Through) -> None:
    client = through(tenant)
    with CaptureQueriesContext(connection) as first:
        client.get(ME, REMOTE_ADDR="192.0.2.7")
    with tenant_scope(tenant):
        noted = ApiToken.objects.get(name="limited")
        assert noted.last_used_at is not None
        assert noted.last_used_ip == "192.0.2.7"
    with CaptureQueriesContext(connection) as second:
        client.get(ME, REMOTE_ADDR="192.0.2.8")
    written = [query for query in second.captured_queries if "UPDATE" in query["sql"]]
    assert (written, len(second) < len(first)) == ([], True)
    with tenant_scope(tenant):
        assert ApiToken.objects.get(name="limited").last_used_at == noted.last_used_at
        ApiToken.objects.update(last_used_at=noted.last_used_at - USE_NOTED_EVERY)
    client.get(ME, REMOTE_ADDR="192.0.2.8")
    shown = client.get(TOKENS).json()["results"]
    assert [token["last_used_ip"] for token in shown] == ["192.0.2.8"]


# --- At once ----------------------------------------------------------------------------
def _revoke_grant(user: User) -> Callable[[], object]:
    grant = RoleGrant.objects.get(user=user)
    return lambda: revoke_grant(grant, actor=ACTOR)


def _leave_team(user: User) -> Callable[[], object]:
    team: Team = create_team(name="Auditors", actor=ACTOR)
    grant_role(team, find_role("enterprise-architect"), actor=ACTOR)
    add_member(team, user, actor=ACTOR)
    revoke_grant(RoleGrant.objects.get(user=user), actor=ACTOR)
    return lambda: remove_member(team, user, actor=ACTOR)


def _deactivate(user: User) -> Callable[[], object]:
    return lambda: update_user(user, changes={"is_active": False}, actor=ACTOR)


@pytest.mark.parametrize(
    ("prepare", "status"),
    [(_revoke_grant, 403), (_leave_team, 403), (_deactivate, 401)],
)
def test_the_next_request_with_the_same_token_is_denied(
    tenant: Tenant,
    through: Through,
    person: Person,
    prepare: Callable[[User], Callable[[], object]],
    status: int,
) -> None:
    """Also with a token whose narrowed rights were kept by the process a moment ago."""
    auditor = person(tenant, "enterprise-architect")
    client = through(tenant, "enterprise-architect", scopes=["audit.*", "user.view"])
    with tenant_scope(tenant):
        take_away = prepare(auditor)
    for _ in range(2):
        assert client.get(AUDIT).status_code == 200
    with tenant_scope(tenant):
        take_away()
    assert client.get(AUDIT).status_code == status


def test_a_grant_that_ends_by_the_clock_ends_for_its_tokens(
    tenant: Tenant, through: Through, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = person(tenant, "viewer")
    client = through(tenant, "viewer", scopes=["audit.*"])
    end = timezone.now() + timedelta(hours=1)
    with tenant_scope(tenant):
        role = find_role("enterprise-architect")
        grant_role(auditor, role, actor=ACTOR, period=Period(expires_at=end))
    assert client.get(AUDIT).status_code == 200
    # Nothing is written: what was kept is compared with the clock.
    monkeypatch.setattr("rbac.access.holdings.timezone", SimpleNamespace(now=lambda: end))
    assert client.get(AUDIT).status_code == 403


def test_no_secret_is_ever_written_down(
    tenant: Tenant, api: Api, capfd: pytest.CaptureFixture[str]
) -> None:
    admin = api(tenant)
    made = admin.post(TOKENS, {"name": "robot", "scopes": ["*.view"]})
    secret = made.json()["token"]
    rotated = admin.post(f"{made['Location']}rotate/").json()["token"]
    admin.post(f"{TOKENS}revoke/", {"token": rotated})
    admin.post(f"{TOKENS}revoke/", {"token": rotated[:-1]})
    with tenant_scope(tenant):
        written = str(list(AuditEntry.objects.values()))
    out, err = capfd.readouterr()
    for text in (written, out, err):
        assert not any(each[30:] in text for each in (secret, rotated))
