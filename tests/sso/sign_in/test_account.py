"""What everybody does with their own account: profile, password, tokens, sessions."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from rbac.models import ApiToken, User
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api_client import ApiClient
from tests.conftest import ACTOR
from tests.sso.sign_in.signing_in import NEW, PAGES, PASSWORD, actions, entry, sign_in

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person, Rivals


# --- Profile and password ---------------------------------------------------------------
def test_one_changes_ones_own_name_and_nothing_else(vic: AdminClient) -> None:
    form = {"full_name": "Vic Viewer", "email": "boss@example.com", "username": "ada"}
    assert vic.post("/account/", form).status_code == 302
    with tenant_scope(vic.tenant):
        user = User.objects.get(username="vic")
    assert (user.full_name, user.email) == ("Vic Viewer", "")
    assert "user.update" in actions(vic.tenant)


def test_a_password_is_changed_with_the_current_one_only(vic: AdminClient) -> None:
    elsewhere = AdminClient(vic.tenant)
    sign_in(elsewhere, "vic")
    form = {"password": NEW, "password_again": NEW}
    for wrong in ("", "not-it", NEW):
        refused = vic.post("/account/password/", {**form, "current": wrong})
        assert refused.status_code == 200
    assert sign_in(AdminClient(vic.tenant), "vic", NEW).status_code == 200
    assert "user.change_password" not in actions(vic.tenant)

    assert vic.post("/account/password/", {**form, "current": PASSWORD}).status_code == 302
    assert vic.get("/account/password/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert sign_in(AdminClient(vic.tenant), "vic", PASSWORD).status_code == 200
    assert sign_in(AdminClient(vic.tenant), "vic", NEW).status_code == 302
    assert "user.change_password" in actions(vic.tenant)


@pytest.mark.parametrize(
    ("password", "again", "expected"),
    [("short", "short", "too short"), (NEW, "other", "The two passwords differ")],
)
def test_a_new_password_that_does_not_fit_changes_nothing(
    vic: AdminClient, password: str, again: str, expected: str
) -> None:
    form = {"current": PASSWORD, "password": password, "password_again": again}
    answer = vic.post("/account/password/", form)
    assert expected in answer.content.decode()
    assert sign_in(AdminClient(vic.tenant), "vic", PASSWORD).status_code == 302


def test_the_current_password_cannot_be_guessed_at_an_open_browser(vic: AdminClient) -> None:
    form = {"current": "guess", "password": NEW, "password_again": NEW}
    answers = [
        vic.post("/account/password/", form, REMOTE_ADDR="192.0.2.55").content.decode()
        for _ in range(21)
    ]
    assert "not your current password" in answers[19]
    assert "too many attempts" in answers[20].lower()


# --- Tokens -----------------------------------------------------------------------------
def secret_of(answer: Any) -> str:
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r'<textarea id="secret"[^>]*>(iac_\w+)<', answer.content.decode())
    assert found is not None, answer.content.decode()
    return found[1]


def test_a_first_token_is_made_limited_and_shown_once(vic: AdminClient) -> None:
    form = {
        "name": "laptop",
        "lifetime": str(7 * 86_400),
        "networks": "192.0.2.0/24\n2001:db8::/32",
        "scopes": ["project.view", "user.view"],
    }
    secret = secret_of(vic.post("/account/tokens/new/", form))
    with tenant_scope(vic.tenant):
        token = ApiToken.objects.select_related("user").get(name="laptop")
    assert (token.user.username, token.scopes) == ("vic", ["project.view", "user.view"])
    assert token.networks == ["192.0.2.0/24", "2001:db8::/32"]
    assert token.expires_at is not None
    assert timedelta(days=6) < token.expires_at - timezone.now() <= timedelta(days=7)
    client = ApiClient(vic.tenant, token=secret)
    inside, outside = (
        client.get("/api/v1/projects/", REMOTE_ADDR=address)
        for address in ("192.0.2.9", "198.51.100.1")
    )
    assert (inside.status_code, outside.status_code) == (200, 401)
    listed = vic.get("/account/tokens/").content.decode()
    assert "laptop" in listed
    assert secret not in listed
    assert "token.create" in actions(vic.tenant)


def test_without_limits_it_does_all_that_one_may(vic: AdminClient) -> None:
    secret = secret_of(vic.post("/account/tokens/new/", {"name": "all", "lifetime": "never"}))
    with tenant_scope(vic.tenant):
        token = ApiToken.objects.get(name="all")
    assert (token.scopes, token.networks, token.expires_at) == (None, None, None)
    assert ApiClient(vic.tenant, token=secret).get("/api/v1/me/").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name", "", "This field is required"),
        ("lifetime", "1", "not one of the available choices"),
        ("networks", "192.0.2.1/24", "Did you mean 192.0.2.0/24?"),
        ("scopes", "role.grant", "not one of the available choices"),
    ],
)
def test_a_token_that_does_not_fit_is_not_made_and_told_why(
    vic: AdminClient, field: str, value: str, expected: str
) -> None:
    answer = vic.post("/account/tokens/new/", {"name": "ci", "lifetime": "never", field: value})
    assert expected in answer.content.decode()
    with tenant_scope(vic.tenant):
        assert not ApiToken.objects.exists()


def test_a_token_is_rotated_and_revoked(vic: AdminClient) -> None:
    old = secret_of(vic.post("/account/tokens/new/", {"name": "ci", "lifetime": "never"}))
    with tenant_scope(vic.tenant):
        key = ApiToken.objects.get().pk
    assert vic.get(f"/account/tokens/{key}/rotate/").status_code == 200
    new = secret_of(vic.post(f"/account/tokens/{key}/rotate/", {"grace_period": "0"}))
    works = [ApiClient(vic.tenant, token=t).get("/api/v1/me/").status_code for t in (old, new)]
    assert works == [401, 200]
    with tenant_scope(vic.tenant):
        key = ApiToken.objects.get(replaces__isnull=False).pk
    assert vic.get(f"/account/tokens/{key}/revoke/").status_code == 200
    assert ApiClient(vic.tenant, token=new).get("/api/v1/me/").status_code == 200
    assert vic.post(f"/account/tokens/{key}/revoke/").status_code == 302
    assert ApiClient(vic.tenant, token=new).get("/api/v1/me/").status_code == 401
    assert {"token.rotate", "token.revoke"} <= set(actions(vic.tenant))


def test_whoever_has_no_role_gets_no_token_and_is_told_whom_to_ask(acme: Tenant) -> None:
    with tenant_scope(acme):
        create_user(username="new", password=PASSWORD, actor=ACTOR)
    client = AdminClient(acme)
    sign_in(client, "new")
    assert "Your roles do not let you create API tokens" in (
        client.get("/account/tokens/").content.decode()
    )
    assert client.post("/account/tokens/new/", {"name": "ci"}).status_code == 403
    with tenant_scope(acme):
        assert not ApiToken.objects.exists()
    assert "you have no role" in client.get("/account/permissions/").content.decode()


def test_others_tokens_and_sessions_are_not_there(
    vic: AdminClient, rivals: Rivals, person: Person
) -> None:
    """Also for an admin, who may see all tokens elsewhere: this is one's own account."""
    ada = person(vic.tenant, "admin", "ada")
    admin = AdminClient(vic.tenant, ada)
    admin.get("/account/")
    with tenant_scope(vic.tenant):
        theirs, _ = create_token(vic.user, name="theirs", actor=ACTOR)  # type: ignore[arg-type]  # set by the fixture
        hers, _ = create_token(ada, name="hers", actor=ACTOR)
        session = Session.objects.get(user=vic.user)
        of_ada = Session.objects.get(user=ada)
    assert "theirs" not in admin.get("/account/tokens/").content.decode()
    for client, token, other in ((admin, theirs, session), (vic, hers, of_ada)):
        for act in ("rotate", "revoke"):
            assert client.post(f"/account/tokens/{token.pk}/{act}/").status_code == 404
        assert client.post(f"/account/sessions/{other.pk}/end/").status_code == 404
    stranger = next(side for side in rivals if side.pk != vic.tenant.pk)
    foreign = AdminClient(stranger, person(stranger, "admin"))
    assert foreign.post(f"/account/tokens/{theirs.pk}/revoke/").status_code == 404
    assert foreign.post(f"/account/sessions/{session.pk}/end/").status_code == 404
    with tenant_scope(vic.tenant):
        assert ApiToken.objects.filter(revoked_at=None).count() == 2
    assert vic.get("/account/").status_code == 200


# --- Sessions ---------------------------------------------------------------------------
def test_a_user_sees_their_sessions_and_ends_one(vic: AdminClient) -> None:
    phone = AdminClient(vic.tenant)
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"
    sign_in(phone, "vic", headers={"user-agent": agent}, REMOTE_ADDR="192.0.2.33")
    shown = vic.get("/account/sessions/").content.decode()
    for text in ("Firefox on Linux", "This browser", "Safari on iPhone", "192.0.2.33"):
        assert text in shown
    with tenant_scope(vic.tenant):
        other = Session.objects.get(address="192.0.2.33")
    assert vic.get(f"/account/sessions/{other.pk}/end/").status_code == 405
    assert vic.post(f"/account/sessions/{other.pk}/end/").status_code == 302
    assert phone.get("/account/").status_code == 302
    assert vic.get("/account/").status_code == 200
    ended = entry(vic.tenant, "session.revoke")
    assert ended.changes == {"device": "Safari on iPhone", "address": "192.0.2.33"}


def test_a_user_ends_all_other_sessions_at_once(vic: AdminClient, person: Person) -> None:
    others = [AdminClient(vic.tenant) for _ in range(3)]
    for each in others:
        sign_in(each, "vic")
    bystander = AdminClient(vic.tenant, person(vic.tenant, "viewer", "bystander"))
    assert vic.post("/account/sessions/end-others/").status_code == 302
    assert [each.get("/account/").status_code for each in others] == [302] * 3
    assert vic.get("/account/").status_code == 200
    assert bystander.get("/account/").status_code == 200


# --- What may I do ----------------------------------------------------------------------
def test_what_one_may_do_is_what_the_api_says(vic: AdminClient) -> None:
    shown = vic.get("/account/permissions/").content.decode()
    names = set(re.findall(r"<code>(\w+\.\w+)</code>", shown))
    with tenant_scope(vic.tenant):
        _, secret = create_token(vic.user, name="all", actor=ACTOR)  # type: ignore[arg-type]  # set by the fixture
    me = ApiClient(vic.tenant, token=secret).get("/api/v1/me/").json()
    assert names == set(me["permissions"])
    assert "Viewer, directly" in shown


def test_no_page_has_inline_scripts_or_styles(vic: AdminClient) -> None:
    for page in (*PAGES, "/logout/", "/invitation/"):
        answer = vic.get(page)
        text = answer.content.decode()
        assert not re.search(r"<style|style=|\son\w+=|<script(?! src=)", text), page
        assert "'unsafe" not in answer["Content-Security-Policy"]
