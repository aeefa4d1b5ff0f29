"""What outlives a session is done only soon after an authentication."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from iac_platform.common.errors import RecentAuthenticationRequired
from iac_platform.common.permissions import declared
from rbac.models import RoleGrant, User
from rbac.services.grants import grant_role
from rbac.services.roles import find_role
from sso.sign_in.recent import RECENT_SECONDS
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.sso.sign_in.signing_in import PASSWORD

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Person

CONFIRM = "/account/confirm/"


@pytest.fixture
def boss(tenant: Tenant, person: Person) -> User:
    return person(tenant, "admin", "boss", password=PASSWORD)


@pytest.fixture
def stale(tenant: Tenant, boss: User, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The browser of an admin who signed in too long ago."""
    client = AdminClient(tenant, boss)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + RECENT_SECONDS + 1)
    return client


def test_pages_for_what_needs_it_lead_to_the_confirmation_and_back(stale: Any, boss: User) -> None:
    assert stale.get("/admin/").status_code == 200
    assert stale.get(f"/admin/rbac/user/{boss.pk}/change/").status_code == 200
    asked_of = [
        "/admin/rbac/rolegrant/add/",
        "/admin/sign_in/signinpolicy/add/",
        "/admin/saml/samlconfiguration/add/",
        "/account/tokens/new/",
        "/account/second-factors/app/",
        "/admin/workload_identity/workloadidentity/add/",
        "/device/",
    ]
    for page in asked_of:
        answer = stale.get(page)
        assert (answer.status_code, answer.url) == (
            302,
            f"{CONFIRM}?next={page.replace('/', '%2F')}",
        )
    wrong = stale.post(CONFIRM, {"current": "wrong", "next": asked_of[0]})
    assert "not your current password" in wrong.content.decode()
    assert stale.get(asked_of[0]).status_code == 302
    right = stale.post(CONFIRM, {"current": PASSWORD, "next": asked_of[0]})
    assert right.url == asked_of[0]
    for page in asked_of:
        assert stale.get(page).status_code == 200, page


def test_a_form_that_was_open_for_too_long_changes_nothing_and_loses_nothing(
    tenant: Tenant, stale: Any, boss: User
) -> None:
    url = f"/admin/rbac/user/{boss.pk}/change/"
    fields = {"username": "boss", "email": "", "full_name": "Typed", "is_active": "on"}
    answer = stale.post(url, {**fields, "seen_revision": "1"})
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert CONFIRM in shown
    assert "Typed" in shown
    with tenant_scope(tenant):
        boss.refresh_from_db()
    assert boss.full_name == ""


def test_the_service_asks_as_well(tenant: Tenant, boss: User, person: Person) -> None:
    vic = person(tenant, "viewer", "vic")
    with tenant_scope(tenant):
        actor = User.objects.get(pk=boss.pk)
        actor.must_reauthenticate = True
        engineer = find_role("system-engineer")
        before = RoleGrant.objects.count()
        with pytest.raises(RecentAuthenticationRequired):
            grant_role(vic, engineer, actor=actor)
        assert RoleGrant.objects.count() == before
        actor.must_reauthenticate = False
        grant_role(vic, engineer, actor=actor)


def test_tokens_are_not_asked(tenant: Tenant, api: Api) -> None:
    made = {"name": "nightly", "scopes": ["project.view"]}
    assert api(tenant).post("/api/v1/tokens/", made).status_code == 201


def test_a_confirmation_leads_to_no_other_site(stale: Any) -> None:
    answer = stale.post(CONFIRM, {"current": PASSWORD, "next": "https://evil.example/"})
    assert answer.url == "/account/"


def test_what_decides_who_gets_in_is_declared() -> None:
    needed = {each.name for each in declared() if each.step_up}
    assert {"role.grant", "user.update", "sign_in_policy.update", "token.create"} <= needed
