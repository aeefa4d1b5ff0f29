"""Replacing tokens while both work, and ending those that leaked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.utils import timezone

from rbac import tokens
from rbac.attempts import TRIES_AT_ACCOUNT
from rbac.models import ApiToken, AuditEntry
from rbac.services.tokens import create_token
from tenants.context import tenant_scope
from tests.api_client import ApiClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Person, Rivals

TOKENS = "/api/v1/tokens/"
REVOKE = f"{TOKENS}revoke/"
ME = "/api/v1/me/"
LIMITS = {"scopes": ["*.view", "token.*"], "networks": ["127.0.0.0/8"]}


def works(tenant: Tenant, secret: str) -> bool:
    """Whether a token opens anything."""
    status: int = ApiClient(tenant, token=secret).get(ME).status_code
    assert status in {200, 401}
    return status == 200


def make(client: ApiClient, **fields: Any) -> Any:
    made = client.post(TOKENS, {"name": "robot", **fields})
    assert made.status_code == 201, made.json()
    return made


def end(tenant: Tenant, secret: str) -> None:
    """Let the time come at which a token expires."""
    with tenant_scope(tenant):
        ApiToken.objects.filter(digest=tokens.digest(secret)).update(expires_at=timezone.now())


# --- Rotation ---------------------------------------------------------------------------
def test_both_work_until_the_grace_period_ends(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "viewer")
    made = make(client, **LIMITS)
    old = made.json()["token"]
    before = timezone.now()
    rotated = client.post(f"{made['Location']}rotate/", {"grace_period_seconds": 600})
    assert (rotated.status_code, rotated["Cache-Control"]) == (201, "no-store")
    new = rotated.json()["token"]
    assert (works(tenant, old), works(tenant, new)) == (True, True)
    with tenant_scope(tenant):
        ends = ApiToken.objects.get(pk=made.json()["id"]).expires_at
    assert ends is not None
    assert timedelta(seconds=600) <= ends - before < timedelta(seconds=900)
    end(tenant, old)
    assert (works(tenant, old), works(tenant, new)) == (False, True)


def test_without_a_grace_period_the_old_one_is_dead_at_once(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "viewer")
    made = make(client)
    new = client.post(f"{made['Location']}rotate/", {"grace_period_seconds": 0}).json()["token"]
    assert (works(tenant, made.json()["token"]), works(tenant, new)) == (False, True)


def test_the_new_one_has_the_limits_and_the_length_of_life_of_the_old(
    tenant: Tenant, api: Api
) -> None:
    client = api(tenant, "viewer")
    soon = timezone.now() + timedelta(hours=1)
    made = make(client, **LIMITS, expires_at=soon.isoformat())
    new = client.post(f"{made['Location']}rotate/").json()
    shown = ("name", "scopes", "networks", "user")
    assert [new[each] for each in shown] == [made.json()[each] for each in shown]
    assert new["replaces"] == made.json()["id"]
    with tenant_scope(tenant):
        old, fresh = (ApiToken.objects.get(pk=each["id"]) for each in (made.json(), new))
    assert old.expires_at is not None
    assert fresh.expires_at is not None
    assert fresh.expires_at - fresh.created_at <= soon - old.created_at + timedelta(seconds=1)
    # The grace period lengthens no life.
    assert old.expires_at <= soon


def test_what_would_outlive_the_calendar_is_not_rotated(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "viewer")
    for expires_at, status in (("9999-12-31T23:59:59.999999Z", 400), ("9000-01-01T00:00:00Z", 201)):
        made = make(client, expires_at=expires_at)
        rotated = client.post(f"{made['Location']}rotate/", {})
        assert rotated.status_code == status
        assert works(tenant, made.json()["token"])
        if status == 400:
            assert rotated.json()["code"] == "invalid-token"
            assert "9999" in rotated.json()["detail"]


def test_a_token_is_rotated_once_until_what_replaced_it_is_revoked(
    tenant: Tenant, api: Api
) -> None:
    client = api(tenant, "viewer")
    made = make(client)
    address = f"{made['Location']}rotate/"
    first = client.post(address)
    again = client.post(address)
    assert (again.status_code, again.json()["code"]) == (409, "token-rotated")
    client.delete(first["Location"])
    assert client.post(address).status_code == 201


def test_an_expired_or_revoked_token_cannot_be_rotated(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "viewer")
    expired, revoked = make(client), make(client)
    end(tenant, expired.json()["token"])
    client.delete(revoked["Location"])
    for made in (expired, revoked):
        refused = client.post(f"{made['Location']}rotate/")
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid-token")
    assert client.post(f"{make(client)['Location']}rotate/").status_code == 201


@pytest.mark.parametrize("seconds", [-1, 7 * 24 * 3600 + 1, "x"])
def test_a_grace_period_has_bounds(tenant: Tenant, api: Api, seconds: object) -> None:
    client = api(tenant, "viewer")
    address = f"{make(client)['Location']}rotate/"
    assert client.post(address, {"grace_period_seconds": seconds}).status_code == 400
    assert client.post(address, {"grace_period_seconds": 7 * 24 * 3600}).status_code == 201


def test_nobody_rotates_another_persons_token_to_get_its_secret(tenant: Tenant, api: Api) -> None:
    """Not even an admin, who may revoke it."""
    made = make(api(tenant, "viewer"))
    address = f"{made['Location']}rotate/"
    refused = api(tenant, "admin").post(address)
    assert (refused.status_code, refused.json()["code"]) == (403, "cannot-grant")
    assert api(tenant, "engineer").post(address).status_code == 404
    assert api(tenant, "viewer").post(address).status_code == 201


def test_a_limited_token_rotates_none_that_exceeds_it(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "viewer")
    wide, narrow = make(client), make(client, **LIMITS)
    through = ApiClient(tenant, token=narrow.json()["token"])
    refused = through.post(f"{wide['Location']}rotate/")
    assert (refused.status_code, refused.json()["code"]) == (403, "cannot-grant")
    # But itself: programs replace their own tokens.
    assert through.post(f"{narrow['Location']}rotate/").status_code == 201


# --- Tokens that leaked -----------------------------------------------------------------
@pytest.fixture
def finder() -> dict[str, str]:
    """An address that has shown nothing so far: counters outlive the tests."""
    return {"REMOTE_ADDR": f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"}


def test_whoever_finds_a_token_ends_it(
    tenant: Tenant, api: Api, anonymous: Any, finder: dict[str, str]
) -> None:
    made = make(api(tenant, "viewer"))
    secret = made.json()["token"]
    other = make(api(tenant, "viewer")).json()["token"]
    assert works(tenant, secret)
    answer = anonymous(None).post(REVOKE, {"token": secret}, **finder)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (works(tenant, secret), works(tenant, other)) == (False, True)
    with tenant_scope(tenant):
        entry = AuditEntry.objects.get(action="token.revoke", subject_id=made.json()["id"])
    assert "leaked" in str(entry.changes)
    assert secret not in str(vars(entry))


def test_what_was_made_through_a_leaked_token_ends_with_it(
    tenant: Tenant, api: Api, anonymous: Any, finder: dict[str, str]
) -> None:
    root = make(api(tenant, "viewer")).json()["token"]
    child = make(ApiClient(tenant, token=root)).json()["token"]
    grandchild = make(ApiClient(tenant, token=child))
    rotated = ApiClient(tenant, token=child).post(f"{grandchild['Location']}rotate/").json()
    aside = make(api(tenant, "viewer")).json()["token"]
    anonymous(None).post(REVOKE, {"token": root}, **finder)
    ended = [root, child, grandchild.json()["token"], rotated["token"]]
    assert [works(tenant, each) for each in ended] == [False] * 4
    assert works(tenant, aside)


def test_the_answer_tells_nothing_of_what_is_known(
    tenant: Tenant, api: Api, anonymous: Any, finder: dict[str, str]
) -> None:
    """A living token, the same once more, one that never was, and one of nobody's tenant."""
    living = make(api(tenant, "viewer")).json()["token"]
    shown = [living, living, tokens.mint(tenant.id), tokens.mint(uuid4())]
    answers = [anonymous(None).post(REVOKE, {"token": each}, **finder) for each in shown]
    assert {(each.status_code, each.content) for each in answers} == {(204, b"")}
    names = [sorted(set(each.headers) - {"X-Request-Id"}) for each in answers]
    assert all(each == names[0] for each in names)
    assert not works(tenant, living)


def test_what_is_no_token_is_told_before_anything_is_looked_up(
    tenant: Tenant, api: Api, anonymous: Any, finder: dict[str, str]
) -> None:
    secret = make(api(tenant, "viewer")).json()["token"]
    for cut in (secret[:-1], "x", "", secret + "0"):
        refused = anonymous(None).post(REVOKE, {"token": cut}, **finder)
        assert refused.status_code == 400
    assert works(tenant, secret)


@pytest.mark.parametrize("known", [True, False])
def test_showing_many_is_cut_off_whether_or_not_the_tenant_exists(
    tenant: Tenant, api: Api, anonymous: Any, finder: dict[str, str], known: bool
) -> None:
    whose = tenant.id if known else uuid4()
    for _ in range(TRIES_AT_ACCOUNT):
        guess = {"token": tokens.mint(whose)}
        assert anonymous(None).post(REVOKE, guess, **finder).status_code == 204
    late = anonymous(None).post(REVOKE, {"token": tokens.mint(whose)}, **finder)
    assert (late.status_code, "Retry-After" in late.headers) == (429, True)
    # Others can still end theirs.
    secret = make(api(tenant, "viewer")).json()["token"]
    elsewhere = {"REMOTE_ADDR": finder["REMOTE_ADDR"].replace("db8", "db9")}
    assert anonymous(None).post(REVOKE, {"token": secret}, **elsewhere).status_code == 204
    assert not works(tenant, secret)


@pytest.mark.parametrize("at_home", [True, False])
def test_a_key_for_repeating_hinders_nobody_from_ending_a_leak(
    tenant: Tenant, api: Api, anonymous: Any, finder: dict[str, str], at_home: bool
) -> None:
    """Two strangers send the same key, at a host of nobody's or of the tenant."""
    client = api(tenant, "viewer")
    first, second = (make(client).json()["token"] for _ in range(2))
    key = {"headers": {"Idempotency-Key": "1"}, **finder}
    host = anonymous(tenant if at_home else None)
    for secret in (first, second, first):
        ended = host.post(REVOKE, {"token": secret}, **key)
        assert (ended.status_code, "Idempotent-Replayed" in ended.headers) == (204, False)
    assert (works(tenant, first), works(tenant, second)) == (False, False)


def test_no_host_of_another_tenant_ends_a_token(
    rivals: Rivals, api: Api, anonymous: Any, finder: dict[str, str]
) -> None:
    secret = make(api(rivals.victim, "viewer")).json()["token"]
    refused = anonymous(rivals.attacker).post(REVOKE, {"token": secret}, **finder)
    unknown = {"token": tokens.mint(rivals.victim.id)}
    same = anonymous(rivals.attacker).post(REVOKE, unknown, **finder)
    assert (refused.status_code, refused.json()["code"]) == (same.status_code, same.json()["code"])
    assert (refused.status_code, refused.json()["code"]) == (403, "tenant-mismatch")
    assert works(rivals.victim, secret)
    assert anonymous(rivals.victim).post(REVOKE, {"token": secret}, **finder).status_code == 204
    assert not works(rivals.victim, secret)


def test_a_token_through_which_another_was_made_may_be_revoked_alone(
    tenant: Tenant, person: Person, api: Api
) -> None:
    """Deleting is no leak: what it made goes on."""
    user = person(tenant, "viewer")
    with tenant_scope(tenant):
        root, secret = create_token(user, name="root", actor=ACTOR)
    child = make(ApiClient(tenant, token=secret)).json()["token"]
    assert api(tenant, "viewer").delete(f"{TOKENS}{root.pk}/").status_code == 204
    assert (works(tenant, secret), works(tenant, child)) == (False, True)
