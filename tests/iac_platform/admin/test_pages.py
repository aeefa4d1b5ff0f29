from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

from django.test import Client
from django.urls import reverse

from iac_platform.admin.site import site
from rbac.models import User
from tests.admin_client import AdminClient
from tests.api_client import host_of

if TYPE_CHECKING:
    import pytest

    from tenants.models import Tenant
    from tests.conftest import Person


def test_a_missing_page_is_answered_in_words(acme: Tenant, person: Person) -> None:
    client = AdminClient(acme, person(acme, "admin"))
    response = client.get(reverse("admin:rbac_user_change", args=["nonsense"]))
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_forbidden_page_is_answered_in_words(acme: Tenant, person: Person) -> None:
    client = AdminClient(acme, person(acme, "admin"))
    response = client.get(reverse("admin:tenants_tenant_changelist"))
    assert response.status_code == 403
    assert "ask an admin of your tenant" in response.content.decode()


def test_a_form_without_its_token_changes_nothing(acme: Tenant) -> None:
    client = Client(enforce_csrf_checks=True, HTTP_HOST=host_of(acme))
    response = client.post("/login/", {"username": "ada", "password": "x"})
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()


def test_a_failure_says_what_to_do_and_nothing_of_its_cause(
    acme: Tenant, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = AdminClient(acme, person(acme, "admin"))
    client.raise_request_exception = False

    def fail(*_: Any) -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr(site.get_model_admin(User), "get_queryset", fail)
    response = client.get(reverse("admin:rbac_user_changelist"))
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()
    assert "secret cause" not in response.content.decode()


def test_no_script_runs_but_our_own_files(acme: Tenant, person: Person) -> None:
    client = AdminClient(acme, person(acme, "admin"))
    policy = client.get("/admin/")["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    # Alpine evaluates the expressions in unfold's attributes; inline scripts stay forbidden.
    assert scripts == "script-src 'self' 'unsafe-eval'"
    assert "frame-ancestors 'none'" in policy


def test_the_search_over_the_menu_is_closed(acme: Tenant, person: Person) -> None:
    client = AdminClient(acme, person(acme, "admin"))
    assert client.get(reverse("admin:search"), {"s": "user"}).status_code == 404


def test_what_a_user_may_see_is_worked_out_once_a_page(
    acme: Tenant, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = AdminClient(acme, person(acme, "admin"))
    asked = Mock(return_value=True)
    monkeypatch.setattr(site.get_model_admin(User), "has_module_permission", asked)
    page = client.get("/admin/").content.decode()
    # In the menu and on the page itself.
    assert page.count(f'href="{reverse("admin:rbac_user_changelist")}"') > 1
    asked.assert_called_once()
