from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client

from rbac.services.users import update_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api_client import host_of
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person, Rivals


def test_whoever_may_not_use_the_admin_is_told_so_once_signed_in(
    tenant: Tenant, person: Person
) -> None:
    client = AdminClient(tenant, person(tenant, "viewer"))
    moved = client.get("/admin/")
    assert moved.status_code == 302
    refused = client.get(moved["Location"])
    assert refused.status_code == 403
    assert "Your roles do not allow it" in refused.content.decode()
    assert AdminClient(tenant, person(tenant, "admin")).get("/admin/").status_code == 200


def test_whoever_is_not_known_signs_in_where_everybody_does(tenant: Tenant) -> None:
    client = AdminClient(tenant)
    moved = client.get("/admin/rbac/user/", follow=True)
    assert moved.redirect_chain[-1] == ("/login/?next=/admin/rbac/user/", 302)


def test_the_admin_signs_out_and_changes_passwords_where_everybody_does(
    tenant: Tenant, person: Person
) -> None:
    client = AdminClient(tenant, person(tenant, "admin"))
    assert client.get("/admin/password_change/")["Location"] == "/account/password/"
    assert client.get("/admin/logout/").status_code == 405
    assert client.post("/admin/logout/")["Location"] == "/login/"
    assert client.get("/admin/").status_code == 302


def test_a_deactivated_admin_is_out_at_once(acme: Tenant, person: Person) -> None:
    person(acme, "admin")
    leaver = person(acme, "admin", "leaver")
    client = AdminClient(acme, leaver)
    assert client.get("/admin/").status_code == 200
    with tenant_scope(acme):
        update_user(leaver, actor=ACTOR, changes={"is_active": False})
    assert client.get("/admin/").status_code == 302


def test_a_session_is_nothing_at_another_tenants_host(rivals: Rivals, person: Person) -> None:
    client = AdminClient(rivals.attacker, person(rivals.attacker, "admin"))
    assert client.get("/admin/").status_code == 200
    moved = client.get("/admin/", headers={"host": host_of(rivals.victim)})
    assert moved.status_code == 302
    assert moved["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/rbac/user/"])
def test_the_bare_host_has_no_admin_and_says_where_it_is(acme: Tenant, path: str) -> None:
    response = Client(HTTP_HOST=settings.BASE_DOMAIN).get(path)
    assert response.status_code == 404
    assert f"acme.{settings.BASE_DOMAIN}/admin/" in response.content.decode()
    assert Client(HTTP_HOST=host_of(acme)).get(path).status_code == 302
