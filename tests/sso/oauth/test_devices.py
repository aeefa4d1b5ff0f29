"""A person signs their command line in by a browser, and nobody else's."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.test import Client

from rbac import tokens
from rbac.attempts import TRIES_AT_ACCOUNT
from rbac.models import ApiToken, AuditEntry
from rbac.services.grants import revoke_role
from rbac.services.roles import find_role
from rbac.services.users import update_user
from sso.oauth.models import DeviceAuthorization
from sso.sign_in.models import Session
from sso.sign_in.recent import RECENT_SECONDS
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api_client import ApiClient, host_of
from tests.conftest import ACTOR
from tests.sso.oauth.devices import CLIENT, DEVICE, START, CommandLine, decide, error_of, wait

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person, Rivals


@pytest.fixture
def ada(tenant: Tenant, person: Person) -> AdminClient:
    """Somebody who may create tokens, and has signed in."""
    return AdminClient(tenant, person(tenant, "engineer", "ada"))


@pytest.fixture
def cli(tenant: Tenant) -> CommandLine:
    return CommandLine(tenant)


def test_a_command_line_gets_a_token_of_whoever_approves_it(
    tenant: Tenant, ada: AdminClient, cli: CommandLine
) -> None:
    codes = cli.start()
    assert codes["verification_uri"] == f"http://{host_of(tenant)}{DEVICE}"
    assert (codes["expires_in"], codes["interval"]) == (600, 5)
    assert error_of(cli.poll(codes)) == "authorization_pending"
    link = urlsplit(codes["verification_uri_complete"])
    page = ada.get(f"{link.path}?{link.query}").content.decode()
    assert codes["user_code"] in page
    shown = ada.post(DEVICE, {"user_code": codes["user_code"].lower().replace("-", " ")})
    text = shown.content.decode()
    assert CLIENT in text
    assert cli.defaults["REMOTE_ADDR"] in text
    assert "only if you have started it yourself" in text
    assert error_of(cli.poll(codes)) == "slow_down"
    assert decide(ada, codes).status_code == 200
    answer = cli.poll(codes)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert 604_790 <= body["expires_in"] <= 604_800
    assert ada.user is not None
    me = ApiClient(tenant, token=body["access_token"]).get("/api/v1/me/")
    assert me.json()["username"] == "ada"
    with tenant_scope(tenant):
        token = ApiToken.objects.get(digest=tokens.digest(body["access_token"]))
        assert (token.name, token.issued_by) == ("laptop", None)
        entry = AuditEntry.objects.get(action="device.approve")
        assert entry.changes["client"] == CLIENT
    assert error_of(cli.poll(codes)) == "invalid_grant"


def test_the_database_has_digests_of_codes_alone(tenant: Tenant, cli: CommandLine) -> None:
    codes = cli.start()
    with tenant_scope(tenant):
        row = DeviceAuthorization.objects.values().get()
    assert codes["device_code"] not in str(row)
    assert codes["user_code"] not in str(row)


def test_a_link_approves_nothing(ada: AdminClient, cli: CommandLine) -> None:
    codes = cli.start()
    ada.get(codes["verification_uri_complete"])
    ada.get(f"{codes['verification_uri_complete']}&decision=approve&name=x&lifetime=604800")
    ada.post(DEVICE, {"user_code": codes["user_code"]})
    form = {"user_code": codes["user_code"], "name": "laptop", "lifetime": "604800"}
    assert "Approve this device?" in ada.post(DEVICE, form).content.decode()
    assert error_of(cli.poll(codes)) == "authorization_pending"


def test_another_site_approves_nothing(tenant: Tenant, ada: AdminClient, cli: CommandLine) -> None:
    codes = cli.start()
    strict = Client(enforce_csrf_checks=True, HTTP_HOST=host_of(tenant))
    strict.cookies = ada.cookies
    assert decide(strict, codes).status_code == 403
    assert error_of(cli.poll(codes)) == "authorization_pending"


def test_nobody_approves_without_signing_in(tenant: Tenant, cli: CommandLine) -> None:
    codes = cli.start()
    answer = decide(Client(HTTP_HOST=host_of(tenant)), codes)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/login/")
    assert error_of(cli.poll(codes)) == "authorization_pending"


def test_an_old_session_approves_nothing(
    ada: AdminClient, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, now = cli.start(), time.time
    monkeypatch.setattr(time, "time", lambda: now() + RECENT_SECONDS + 1)
    answer = decide(ada, codes)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/account/confirm/")
    assert error_of(cli.poll(codes)) == "authorization_pending"


def test_a_device_that_is_denied_gets_nothing(ada: AdminClient, cli: CommandLine) -> None:
    codes = cli.start()
    decide(ada, codes, "deny")
    assert error_of(cli.poll(codes)) == "access_denied"
    assert error_of(cli.poll(codes)) == "invalid_grant"
    assert "No device waits" in decide(ada, codes).content.decode()


def test_codes_expire(tenant: Tenant, ada: AdminClient, cli: CommandLine) -> None:
    codes, approved = cli.start(), cli.start()
    decide(ada, approved)
    wait(tenant, timedelta(minutes=10))
    assert "No device waits" in decide(ada, codes).content.decode()
    assert error_of(cli.poll(codes)) == error_of(cli.poll(approved)) == "expired_token"


def test_whoever_polls_too_fast_waits_longer(tenant: Tenant, cli: CommandLine) -> None:
    codes = cli.start()
    cli.poll(codes)
    wait(tenant, timedelta(seconds=6))
    assert error_of(cli.poll(codes)) == "authorization_pending"
    assert error_of(cli.poll(codes)) == "slow_down"
    wait(tenant, timedelta(seconds=6))
    assert error_of(cli.poll(codes)) == "slow_down"
    wait(tenant, timedelta(seconds=16))
    assert error_of(cli.poll(codes)) == "authorization_pending"


def test_codes_of_one_tenant_are_nothing_at_another(rivals: Rivals, person: Person) -> None:
    victim = CommandLine(rivals.victim)
    codes = victim.start()
    stranger = AdminClient(rivals.attacker, person(rivals.attacker, "admin"))
    assert "No device waits" in decide(stranger, codes).content.decode()
    own = AdminClient(rivals.victim, person(rivals.victim, "admin"))
    assert "Device approved" in decide(own, codes).content.decode()
    assert error_of(CommandLine(rivals.attacker).poll(codes)) == "invalid_grant"
    assert victim.poll(codes).status_code == 200


def test_codes_are_not_guessed(ada: AdminClient, cli: CommandLine) -> None:
    codes = cli.start()
    for _ in range(TRIES_AT_ACCOUNT):
        assert "No device waits" in decide(ada, {"user_code": "BBBB-BBBB"}).content.decode()
    assert "Try again in" in decide(ada, codes).content.decode()
    assert error_of(cli.poll(codes)) == "authorization_pending"


def test_right_codes_are_not_counted(ada: AdminClient, cli: CommandLine) -> None:
    codes = cli.start()
    for _ in range(TRIES_AT_ACCOUNT + 1):
        ada.post(DEVICE, {"user_code": codes["user_code"]})
    assert "Device approved" in decide(ada, codes).content.decode()


def test_whoever_may_not_create_tokens_approves_nothing(
    tenant: Tenant, person: Person, cli: CommandLine
) -> None:
    with tenant_scope(tenant):
        nobody = person(tenant, "viewer", "nobody")
        revoke_role(nobody, find_role("viewer"), actor=ACTOR)
    codes = cli.start()
    assert decide(AdminClient(tenant, nobody), codes).status_code == 403
    assert error_of(cli.poll(codes)) == "authorization_pending"


@pytest.mark.parametrize("change", ["signed out", "deactivated", "without the right"])
def test_what_changes_after_the_approval_counts(change: str, acme: Tenant, person: Person) -> None:
    cli, user = CommandLine(acme), person(acme, "viewer", "ada")
    codes = cli.start()
    decide(AdminClient(acme, user), codes)
    with tenant_scope(acme):
        if change == "signed out":
            Session.objects.filter(user=user).end()
        elif change == "deactivated":
            update_user(user, actor=ACTOR, changes={"is_active": False})
        else:
            revoke_role(user, find_role("viewer"), actor=ACTOR)
    assert error_of(cli.poll(codes)) == "access_denied"
    with tenant_scope(acme):
        assert not ApiToken.objects.filter(user=user).exists()


def test_scopes_that_were_asked_for_limit_the_token(ada: AdminClient, cli: CommandLine) -> None:
    codes = cli.start(scope="project.view blueprint.*")
    text = ada.post(DEVICE, {"user_code": codes["user_code"]}).content.decode()
    assert "<code>project.view</code>" in text
    decide(ada, codes)
    assert cli.poll(codes).json()["scope"] == "blueprint.* project.view"
    assert error_of(cli.ask(START, client_id=CLIENT, scope="all")) == "invalid_scope"


def test_another_program_does_not_redeem_the_code(ada: AdminClient, cli: CommandLine) -> None:
    codes = cli.start()
    decide(ada, codes)
    assert error_of(cli.poll(codes, client_id="other")) == "invalid_grant"
    assert cli.poll(codes).status_code == 200


def test_only_so_many_wait(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sso.oauth.services.devices.MOST_PENDING", 1)
    cli.start()
    answer = cli.ask(START, client_id=CLIENT)
    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert "Retry-After" in answer


def test_a_name_with_markup_is_shown_as_text(ada: AdminClient, cli: CommandLine) -> None:
    codes = cli.ask(START, client_id="<b>Bank</b>").json()
    text = ada.post(DEVICE, {"user_code": codes["user_code"]}).content.decode()
    assert "&lt;b&gt;Bank&lt;/b&gt;" in text
    assert "<b>Bank" not in text
