from __future__ import annotations

import re
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

PASSWORD = "correct-horse-battery"


def attempt(tenant: Tenant, username: str, password: str) -> tuple[int, str]:
    client = Client(HTTP_HOST=host_of(tenant))
    form = {"username": username, "password": password}
    response = client.post("/admin/login/?next=/admin/", form)
    text = re.sub(r'(csrfmiddlewaretoken" value|value)="[^"]*"', "", response.content.decode())
    return response.status_code, text


def test_an_admin_signs_in_with_the_right_password_only(tenant: Tenant, person: Person) -> None:
    person(tenant, "admin", "ada", password=PASSWORD)
    assert attempt(tenant, "ada", PASSWORD)[0] == 302
    assert attempt(tenant, "ada", PASSWORD + "!")[0] == 200


@pytest.mark.parametrize("role", ["viewer", "engineer"])
def test_without_the_permission_the_right_password_is_answered_like_a_wrong_one(
    acme: Tenant, person: Person, role: str
) -> None:
    person(acme, role, "vic", password=PASSWORD)
    right, wrong = attempt(acme, "vic", PASSWORD), attempt(acme, "vic", PASSWORD + "!")
    assert right == wrong
    assert right[0] == 200


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
    assert Client(HTTP_HOST=host_of(acme)).get("/admin/login/").status_code == 200
