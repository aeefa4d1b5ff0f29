"""Signing in with a password and a second factor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.conf import settings

from rbac.services.users import change_password, update_user
from sso.second_factors.services.recovery_codes import CODES, new_recovery_codes
from sso.second_factors.services.showing import CODES_AT_ACCOUNT, FAILED
from sso.second_factors.sign_ins import VALID_SECONDS
from sso.sign_in.models import Session
from sso.sign_in.session_store import SessionStore
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api_client import host_of
from tests.conftest import ACTOR
from tests.sso.second_factors.conftest import STEP, at_second_step, code_at
from tests.sso.sign_in.signing_in import NEW, PASSWORD, actions, sign_in

if TYPE_CHECKING:
    import pyotp
    import pytest

    from rbac.models import User
    from tenants.models import Tenant
    from tests.conftest import Person, Rivals


def is_in(client: Any) -> bool:
    return bool(client.get("/account/").status_code == 200)


def test_the_password_alone_opens_nothing(tenant: Tenant, ada: User, app: pyotp.TOTP) -> None:
    client = at_second_step(tenant, ada)
    assert not is_in(client)
    answer = client.post(STEP, {"code": app.now()})
    assert (answer.status_code, answer.url) == (302, "/admin/"), answer.content
    assert is_in(client)
    with tenant_scope(tenant):
        assert Session.objects.get(user=ada).second_factor == "app"


def test_a_code_works_once_and_no_other_code_does(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    code = app.now()
    assert at_second_step(tenant, ada).post(STEP, {"code": code}).status_code == 302
    again = at_second_step(tenant, ada)
    for wrong in (code, "000000", "", "x" * 41, "١٢٣٤٥٦", "\0"):
        answer = again.post(STEP, {"code": wrong})
        assert answer.status_code == 200, wrong
        assert not is_in(again), wrong
    assert FAILED in actions(tenant)
    later = code_at(app, 1)
    assert again.post(STEP, {"code": f" {later[:3]} {later[3:]} "}).status_code == 302
    assert is_in(again)


def test_a_recovery_code_works_once(tenant: Tenant, ada: User, app: pyotp.TOTP) -> None:
    del app
    with tenant_scope(tenant):
        codes = new_recovery_codes(ada)
    assert len(set(codes)) == CODES
    assert at_second_step(tenant, ada).post(STEP, {"code": codes[0].upper()}).status_code == 302
    assert at_second_step(tenant, ada).post(STEP, {"code": codes[0]}).status_code == 200
    assert at_second_step(tenant, ada).post(STEP, {"code": codes[1]}).status_code == 302
    with tenant_scope(tenant):
        new_recovery_codes(ada)
    assert at_second_step(tenant, ada).post(STEP, {"code": codes[2]}).status_code == 200
    assert actions(tenant).count("second_factor.use_recovery_code") == 2


def test_the_second_step_goes_on_in_the_browser_of_the_first_alone(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    at_second_step(tenant, ada)
    elsewhere: Any = AdminClient(tenant)
    assert elsewhere.post(STEP, {"code": app.now()}).url == "/login/"
    assert not is_in(elsewhere)


def test_a_planted_session_goes_on_under_another_secret(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    del app
    victim: Any = AdminClient(tenant)
    with tenant_scope(tenant):
        session = SessionStore()
        session.create()
    planted = victim.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert sign_in(victim, ada.username).url == STEP
    assert victim.cookies[settings.SESSION_COOKIE_NAME].value != planted


def test_a_second_step_ends_with_the_password_and_the_account(
    tenant: Tenant,
    ada: User,
    app: pyotp.TOTP,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person(tenant, "admin", "another")  # ada is not the last one
    changed = at_second_step(tenant, ada)
    with tenant_scope(tenant):
        change_password(ada, password=NEW, actor=ACTOR)
    assert changed.post(STEP, {"code": app.now()}).url == "/login/"
    with tenant_scope(tenant):
        change_password(ada, password=PASSWORD, actor=ACTOR)
    slow = at_second_step(tenant, ada)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + VALID_SECONDS + 60)
    assert slow.post(STEP, {"code": app.at(time.time())}).url == "/login/"
    monkeypatch.undo()
    deactivated = at_second_step(tenant, ada)
    with tenant_scope(tenant):
        update_user(ada, actor=ACTOR, changes={"is_active": False})
    assert deactivated.post(STEP, {"code": app.now()}).url == "/login/"


def test_codes_cannot_be_guessed_from_many_networks(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    with tenant_scope(tenant):
        recovery = new_recovery_codes(ada)[0]
    own = at_second_step(tenant, ada, REMOTE_ADDR="198.51.100.7")
    assert own.post(STEP, {"code": app.now()}, REMOTE_ADDR="198.51.100.7").status_code == 302
    for network in range(CODES_AT_ACCOUNT):
        address = f"203.0.113.{network}"
        thief = at_second_step(tenant, ada, REMOTE_ADDR=address)
        assert thief.post(STEP, {"code": "000000"}, REMOTE_ADDR=address).status_code == 200
    code = code_at(app, 1)
    address = "203.0.113.200"
    thief = at_second_step(tenant, ada, REMOTE_ADDR=address)
    assert "Try again in" in thief.post(STEP, {"code": code}, REMOTE_ADDR=address).content.decode()
    # The owner is not locked out: by a browser that is known, or by a code that cannot be guessed.
    with_recovery = at_second_step(tenant, ada, REMOTE_ADDR=address)
    assert with_recovery.post(STEP, {"code": recovery}, REMOTE_ADDR=address).status_code == 302
    own.post("/logout/")
    assert sign_in(own, ada.username).url == STEP
    assert own.post(STEP, {"code": code}).status_code == 302


def test_codes_cannot_be_guessed_from_many_known_browsers(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    known = []
    for steps in range(2):
        browser = at_second_step(tenant, ada)
        assert browser.post(STEP, {"code": code_at(app, steps)}).status_code == 302
        browser.post("/logout/")
        sign_in(browser, ada.username)
        known.append(browser)
    for browser in known:
        for _ in range(CODES_AT_ACCOUNT // 2):
            assert "Try again in" not in browser.post(STEP, {"code": "000000"}).content.decode()
    for browser in known:
        assert "Try again in" in browser.post(STEP, {"code": "000000"}).content.decode()


def test_a_second_step_is_nothing_at_another_tenant(
    rivals: Rivals, person: Person, ada: User, app: pyotp.TOTP
) -> None:
    person(rivals.victim, "admin", "eve", password=PASSWORD)
    for tenant in rivals:
        client: Any = AdminClient(tenant)
        sign_in(client, ada.username if tenant == rivals.attacker else "eve")
        client.defaults["HTTP_HOST"] = host_of(next(each for each in rivals if each != tenant))
        assert client.post(STEP, {"code": app.now()}).url == "/login/"
