"""Everybody signs in, and finds what is their own, at their tenant's host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client

from rbac.models import User
from rbac.services.users import create_user
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api_client import host_of
from tests.conftest import ACTOR
from tests.sso.sign_in.signing_in import FIREFOX, PAGES, PASSWORD, actions, entry, sign_in

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person


# --- Signing in -------------------------------------------------------------------------
def test_somebody_without_the_admin_signs_in_and_finds_their_account(vic: AdminClient) -> None:
    for page in PAGES:
        answer = vic.get(page)
        assert answer.status_code == 200, page
        assert "no-store" in answer["Cache-Control"]
    assert "vic" in vic.get("/account/").content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_whoever_is_not_known_signs_in_first_and_comes_back(acme: Tenant, page: str) -> None:
    with tenant_scope(acme):
        create_user(username="ada", password=PASSWORD, roles=["viewer"], actor=ACTOR)
    client = AdminClient(acme)
    moved = client.get(page)
    assert (moved.status_code, moved["Location"]) == (302, f"/login/?next={page}")
    form = {"username": "ada", "password": PASSWORD, "next": page}
    assert client.post("/login/", form)["Location"] == page
    assert client.get(page).status_code == 200


def test_the_admin_is_where_an_admin_begins(acme: Tenant, person: Person) -> None:
    person(acme, "admin", "ada", password=PASSWORD)
    person(acme, "viewer", "vic", password=PASSWORD)
    assert sign_in(AdminClient(acme), "ada")["Location"] == "/admin/"
    assert sign_in(AdminClient(acme), "vic")["Location"] == "/account/"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/account/tokens/",  # a page of ours, and elsewhere
        "//evil.example/account/tokens/",
        "/\\evil.example/account/tokens/",
        "///evil.example/account/tokens/",
        "javascript:alert(1)",
        "evil.example",
        "/no/such/page/",
        "/admin/no/such/page/",
        "/api/v1/me/",
        "/login/",
        "/logout/",
        "/sso/saml/okta/login/",
        "/sso/saml/okta/link/",
        "/sso/saml/okta/slo/",
        "/account/identities/0195c0de-0000-7000-8000-000000000000/unlink/",
        "/account/\r\nSet-Cookie: a=b",
    ],
)
def test_an_unsafe_next_leads_to_a_page_that_is_there(
    acme: Tenant, person: Person, wanted: str
) -> None:
    person(acme, "viewer", "vic", password=PASSWORD)
    client = AdminClient(acme)
    shown = client.get("/login/", {"next": wanted})
    assert 'name="next"' not in shown.content.decode()
    form = {"username": "vic", "password": PASSWORD, "next": wanted}
    answer = client.post("/login/", form)
    assert answer["Location"] == "/account/"
    assert client.get("/login/", {"next": wanted})["Location"] == "/account/"


def test_a_safe_next_is_kept_with_its_query(acme: Tenant, person: Person) -> None:
    person(acme, "admin", "ada", password=PASSWORD)
    form = {"username": "ada", "password": PASSWORD, "next": "/admin/rbac/user/?q=vic"}
    assert AdminClient(acme).post("/login/", form)["Location"] == "/admin/rbac/user/?q=vic"


@pytest.mark.parametrize("path", ["/", "/login/", "/logout/", "/invitation/", *PAGES])
def test_the_bare_host_has_no_accounts_and_says_where_they_are(acme: Tenant, path: str) -> None:
    del acme
    answer = Client(HTTP_HOST=settings.BASE_DOMAIN).get(path, follow=True)
    assert answer.status_code == 404
    assert f"acme.{settings.BASE_DOMAIN}/login/" in answer.content.decode()


def test_a_deactivated_user_and_a_program_are_answered_like_a_wrong_password(
    acme: Tenant, person: Person
) -> None:
    gone = person(acme, "viewer", "gone", password=PASSWORD)
    with tenant_scope(acme):
        User.objects.filter(pk=gone.pk).update(is_active=False)
    answers = [sign_in(AdminClient(acme), name) for name in ("gone", "nobody")]
    texts = {re.sub(r'value="[^"]*"', "", each.content.decode()) for each in answers}
    assert ({each.status_code for each in answers}, len(texts)) == ({200}, 1)


def test_whoever_is_deactivated_while_their_password_is_checked_gets_no_session(
    acme: Tenant, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(acme, "viewer", "gone", password=PASSWORD)

    def meanwhile(_: object) -> None:
        User.objects.filter(username="gone").update(is_active=False)

    with monkeypatch.context() as patched:
        patched.setattr("sso.sign_in.services.sign_ins.lock_access", meanwhile)
        client = AdminClient(acme)
        assert sign_in(client, "gone").status_code == 200
    with tenant_scope(acme):
        assert not Session.objects.filter(user__username="gone").exists()
        User.objects.filter(username="gone").update(is_active=True)
    assert client.get("/account/").status_code == 302
    assert sign_in(client, "gone").status_code == 302


def test_a_sign_in_needs_the_forms_token(acme: Tenant, person: Person) -> None:
    person(acme, "viewer", "vic", password=PASSWORD)
    client = Client(enforce_csrf_checks=True, HTTP_HOST=host_of(acme))
    assert sign_in(client, "vic").status_code == 403
    found = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get("/login/").content.decode())
    assert found is not None
    form = {"username": "vic", "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
    assert client.post("/login/", form).status_code == 302


def test_the_session_of_before_the_sign_in_is_not_the_one_after(
    acme: Tenant, person: Person
) -> None:
    """Session fixation: a secret that somebody else planted opens nothing."""
    person(acme, "viewer", "vic", password=PASSWORD)
    client = AdminClient(acme)
    planted = "abcdefghijklmnopqrstuvwxyz012345"
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert sign_in(client, "vic").status_code == 302
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    thief = AdminClient(acme)
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert thief.get("/account/").status_code == 302


def test_signing_out_ends_the_session_and_takes_a_button(vic: AdminClient) -> None:
    secret = vic.cookies[settings.SESSION_COOKIE_NAME].value
    assert vic.get("/logout/").status_code == 200
    assert vic.get("/account/").status_code == 200
    assert vic.post("/logout/")["Location"] == "/login/"
    vic.cookies[settings.SESSION_COOKIE_NAME] = secret
    assert vic.get("/account/").status_code == 302


# --- The audit log ----------------------------------------------------------------------
def test_sign_in_and_sign_out_are_on_record_with_device_and_address(vic: AdminClient) -> None:
    vic.post("/logout/", headers={"user-agent": FIREFOX}, REMOTE_ADDR="192.0.2.9")
    came, went = (entry(vic.tenant, f"access.signed_{way}") for way in ("in", "out"))
    for each in (came, went):
        assert (each.actor_name, each.subject_name) == ("vic", "vic")
        assert each.changes == {"device": "Firefox on Linux", "times": 1}
    assert went.ip_address == "192.0.2.9"


def test_a_right_password_without_the_admin_is_on_record(vic: AdminClient) -> None:
    assert "access.signed_in" in actions(vic.tenant)
    vic.get("/admin/", follow=True)
    assert actions(vic.tenant)[-1] == "access.denied"


def test_signing_in_over_and_over_does_not_flood_the_log(acme: Tenant, person: Person) -> None:
    person(acme, "viewer", "vic", password=PASSWORD)
    for _ in range(30):
        sign_in(AdminClient(acme), "vic")
    assert actions(acme).count("access.signed_in") == 2
    sign_in(AdminClient(acme), "vic", REMOTE_ADDR="192.0.2.44")
    assert actions(acme).count("access.signed_in") == 3, "from elsewhere it is told at once"


def test_signing_out_without_having_signed_in_is_no_event(acme: Tenant) -> None:
    assert AdminClient(acme).post("/logout/").status_code == 302
    assert actions(acme) == []
