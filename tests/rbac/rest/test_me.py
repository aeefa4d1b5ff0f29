"""Whoever shows a valid token is told who they are, and with which token they ask."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.api_client import ApiClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api

ME = "/api/v1/me/"


def _client(tenant: Tenant, roles: list[str], **limits: Any) -> ApiClient:
    with tenant_scope(tenant):
        user = create_user(username="somebody", roles=roles, actor=ACTOR)
        _, secret = create_token(user, name="laptop", actor=ACTOR, **limits)
    return ApiClient(tenant, user=user, token=secret)


@pytest.mark.parametrize("scopes", [None, ["project.create"], ["*.view"]])
@pytest.mark.parametrize("roles", [[], ["viewer"], ["admin"]])
def test_everybody_is_told_who_they_are(
    tenant: Tenant, roles: list[str], scopes: list[str] | None
) -> None:
    ends = timezone.now() + timedelta(days=7)
    client = _client(tenant, roles, scopes=scopes, expires_at=ends, networks=["127.0.0.0/8"])
    for each in (client, client.at("iac.test")):
        answer = each.get(ME)
        assert answer.status_code == 200
        me = answer.json()
        assert (me["username"], me["tenant"]["slug"], me["roles"]) == (
            "somebody",
            tenant.slug,
            roles,
        )
        assert set(me["permissions"]) <= {
            name for name in me["permissions"] if scopes is None or name in scopes or "view" in name
        }
        shown = me["token"]
        assert client.token.startswith(shown["prefix"])
        assert (shown["name"], shown["scopes"]) == ("laptop", scopes)
        assert shown["networks"] == ["127.0.0.0/8"]
        assert shown["expires_at"] == ends.isoformat().replace("+00:00", "Z")
        assert set(shown) == {"id", "name", "prefix", "scopes", "networks", "expires_at"}
        assert client.token not in answer.content.decode()


def test_nobody_else_is_told_anything(tenant: Tenant, api: Api) -> None:
    assert ApiClient(tenant).get(ME).status_code == 401
    assert ApiClient(tenant, token="x").get(ME).status_code == 401
    viewer = api(tenant, "viewer")
    viewer.delete(f"/api/v1/tokens/{viewer.get(ME).json()['token']['id']}/")
    assert viewer.get(ME).status_code == 401
