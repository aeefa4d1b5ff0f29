"""API tokens: shown once, and dead the moment that they should be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.utils import timezone

from rbac import tokens
from rbac.models import ApiToken, AuditEntry
from rbac.services.tokens import create_token
from tenants.context import tenant_scope
from tests.api_client import ApiClient
from tests.conftest import ACTOR, Api

if TYPE_CHECKING:
    from tenants.models import Tenant

TOKENS = "/api/v1/tokens/"
ME = "/api/v1/me/"


def shows(tenant: Tenant, token: str) -> Any:
    """What ``/me/`` answers to whoever shows a token."""
    return ApiClient(tenant, token=token).get(ME)


def test_a_token_is_shown_once_and_kept_as_a_digest(tenant: Tenant, api: Api) -> None:
    viewer = api(tenant, "viewer")
    made = viewer.post(TOKENS, {"name": "robot"})
    secret = made.json()["token"]
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    assert secret.startswith(made.json()["prefix"])
    assert shows(tenant, secret).json()["username"] == viewer.user.username if viewer.user else ""
    again = viewer.get(made["Location"])
    assert again.status_code == 200
    assert "token" not in again.json()
    listed = viewer.get(TOKENS)
    assert secret not in listed.content.decode()
    with tenant_scope(tenant):
        row = ApiToken.objects.get(pk=made.json()["id"])
        entry = AuditEntry.objects.get(action="token.create", subject_id=str(row.pk))
    assert secret not in str(vars(row))
    assert row.digest == tokens.digest(secret)
    assert secret not in str(vars(entry))


def test_a_repeated_request_makes_one_token_and_repeats_no_secret(tenant: Tenant, api: Api) -> None:
    viewer, key = api(tenant, "viewer"), {"Idempotency-Key": str(uuid4())}
    first, second = (viewer.post(TOKENS, {"name": "robot"}, headers=key) for _ in range(2))
    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "already-done")
    assert second["Location"] == first["Location"]
    assert first.json()["token"] not in second.content.decode()


def test_a_revoked_token_is_refused_at_once(tenant: Tenant, api: Api) -> None:
    viewer = api(tenant, "viewer")
    made = viewer.post(TOKENS, {"name": "robot"})
    secret = made.json()["token"]
    assert shows(tenant, secret).status_code == 200
    assert viewer.delete(made["Location"]).status_code == 204
    refused = shows(tenant, secret)
    assert (refused.status_code, refused.json()["code"]) == (401, "not-authenticated")
    assert refused["WWW-Authenticate"].startswith("Bearer")
    assert viewer.get(made["Location"]).json()["revoked_at"] is not None
    revoked = viewer.get(f"{TOKENS}?revoked=true").json()["results"]
    assert [token["name"] for token in revoked] == ["robot"]


def test_a_token_expires(tenant: Tenant, api: Api) -> None:
    viewer = api(tenant, "viewer")
    soon = timezone.now() + timedelta(hours=1)
    made = viewer.post(TOKENS, {"name": "robot", "expires_at": soon.isoformat()})
    secret = made.json()["token"]
    assert shows(tenant, secret).status_code == 200
    with tenant_scope(tenant):
        just_now = timezone.now() - timedelta(milliseconds=1)
        ApiToken.objects.filter(pk=made.json()["id"]).update(expires_at=just_now)
    assert shows(tenant, secret).status_code == 401
    past = viewer.post(TOKENS, {"name": "late", "expires_at": just_now.isoformat()})
    assert (past.status_code, past.json()["code"]) == (400, "invalid-token")


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic YWRtaW46YWRtaW4=",
        "Token {token}",
        "Bearer {token} {token}",
        "Bearer {token}x",
        "Bearer {mistyped}",
        "Bearer {nobodys}",
    ],
)
def test_anything_but_a_valid_token_is_refused(
    tenant: Tenant, api: Api, authorization: str
) -> None:
    token = api(tenant, "viewer").token
    last = "1" if token[-1] == "0" else "0"
    header = authorization.format(
        token=token, mistyped=token[:-1] + last, nobodys=tokens.mint(tenant.id)
    )
    refused = ApiClient(tenant).get(ME, headers={"Authorization": header})
    assert refused.status_code == 401
    assert token not in refused.content.decode()
    good = ApiClient(tenant).get(ME, headers={"Authorization": f"bearer {token}"})
    assert good.status_code == 200


def test_a_token_says_whose_it_is_only_by_being_known_there(
    tenant: Tenant, globex: Tenant, api: Api
) -> None:
    """A token made up for another tenant, with a right checksum, is nobody's."""
    forged = tokens.mint(globex.id)
    assert shows(tenant, forged).status_code == 403
    assert ApiClient(token=forged).get(ME).status_code == 401
    assert ApiClient(token=tokens.mint(uuid4())).get(ME).status_code == 401
    assert api(globex).at("iac.test").get(ME).json()["tenant"]["slug"] == "globex"


@pytest.mark.parametrize("member", ["user", "tenant_id", "digest", "prefix", "id", "replaces"])
def test_a_token_is_ones_own_and_nothing_else(tenant: Tenant, api: Api, member: str) -> None:
    viewer, admin = api(tenant, "viewer"), api(tenant)
    owner = str(admin.user.pk) if admin.user else ""
    refused = viewer.post(TOKENS, {"name": "robot", member: owner})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unknown-member")
    with tenant_scope(tenant):
        assert not ApiToken.objects.filter(name="robot").exists()
    assert viewer.post(TOKENS, {"name": "robot"}).json()["user"] == "viewer-of-the-test"


def test_an_admin_sees_and_revokes_everybodys_tokens(tenant: Tenant, api: Api) -> None:
    viewer, admin = api(tenant, "viewer"), api(tenant)
    mine = viewer.get(TOKENS).json()["results"]
    assert {token["user"] for token in mine} == {"viewer-of-the-test"}
    found = admin.get(f"{TOKENS}?user=viewer-of-the-test").json()["results"]
    assert [token["id"] for token in found] == [token["id"] for token in mine]
    assert admin.delete(f"{TOKENS}{mine[0]['id']}/").status_code == 204
    assert viewer.get(ME).status_code == 401


def test_a_token_can_do_no_more_than_its_user(tenant: Tenant, api: Api) -> None:
    viewer = api(tenant, "viewer")
    with tenant_scope(tenant):
        assert viewer.user is not None
        _, secret = create_token(viewer.user, name="made by an admin", actor=ACTOR)
    robot = ApiClient(tenant, token=secret)
    assert robot.get("/api/v1/audit/").status_code == 403
    assert robot.get(ME).json()["roles"] == ["viewer"]
