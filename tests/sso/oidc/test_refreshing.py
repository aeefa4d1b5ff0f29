"""Sessions go on while their provider says so, and what it gave is revoked when they end."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from rbac.models import RoleGrant, User
from rbac.services.users import update_user
from sso.login_events.models import Outcome
from sso.oidc.models import OidcConfiguration, OidcTokens
from sso.oidc.services import refreshing
from sso.oidc.services.configurations import update_oidc_configuration
from sso.oidc.services.provider_client import ProviderClient
from sso.oidc.services.refreshing import work_off, work_off_one
from sso.oidc.services.schedule import WORK_OFF_TENANT, queue_tenants
from sso.oidc.services.session_tokens import SessionTokens, claim, replace_tokens, tokens_of
from sso.oidc.tasks import refresh_tenants_sessions
from sso.provisioning.services.mappings import create_mapping
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Tier
from tests.conftest import ACTOR
from tests.sso.oidc.provider_at_hand import Behaviour, ProviderAtHand
from tests.sso.oidc.signing_on import signed_on, trust
from tests.sso.oidc.visitors import Visitor, parameters_of
from tests.sso.visitors import events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sso.oidc.protocol.tokens import Tokens
    from tenants.models import Tenant
    from tests.conftest import Person
    from tests.throwaway import ThrowawayTenants


_REFUSING: dict[str, Any] = {"status": {"/token": "400 Bad Request"}}


@pytest.fixture
def configuration(tenant: Tenant, provider: ProviderAtHand) -> OidcConfiguration:
    """One whose provider gives refresh tokens."""
    provider.behaviour = Behaviour(refreshes=True)
    return trust(tenant, provider, scopes=["openid", "offline_access"])


@pytest.fixture
def ada(tenant: Tenant, configuration: OidcConfiguration, provider: ProviderAtHand) -> Visitor:
    """The browser of somebody who has signed on."""
    del configuration
    visitor = Visitor(tenant)
    assert signed_on(visitor, provider).status_code == 302
    return visitor


def let_time_pass(tenant: Tenant, *, is_used: bool = True) -> None:
    """The access token has ended, and the session was used since or not."""
    past = timezone.now() - timedelta(hours=1)
    with tenant_scope(tenant):
        OidcTokens.objects.update(refresh_at=past, refreshed_at=past)
        Session.objects.update(last_seen_at=timezone.now() if is_used else past)


def kept(tenant: Tenant) -> SessionTokens:
    with tenant_scope(tenant):
        [session_id] = OidcTokens.objects.values_list("session_id", flat=True)
        found = tokens_of(session_id)
    assert found is not None
    return found


def test_refresh_token(tenant: Tenant, ada: Visitor, provider: ProviderAtHand) -> None:
    """The conformance plan's case: a refresh token is used once, and the next one kept."""
    first = kept(tenant)
    let_time_pass(tenant)
    work_off(tenant)
    assert kept(tenant).refresh_token == provider.refresh_token != first.refresh_token
    assert ada.user_id()
    let_time_pass(tenant)
    work_off(tenant)
    assert ada.user_id()
    assert [form["grant_type"] for form in provider.forms()].count(["refresh_token"]) == 2


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": "https://other.example.com"}, "wrong-issuer"),
        ({"sub": "eve"}, "wrong-subject"),
        ({"aud": "another-client"}, "wrong-audience"),
        ({"nonce": "another"}, "wrong-nonce"),
        ({"at_hash": "another"}, "wrong-access-token-hash"),
        ({"exp": 1}, "expired"),
        ({"nonce": None}, ""),
        ({}, ""),
    ],
    ids=[
        *("refresh-token-invalid-issuer", "refresh-token-invalid-sub", "aud", "nonce", "at_hash"),
        *("expired", "without a nonce", "valid"),
    ],
)
def test_id_tokens_of_refreshes_are_verified(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand, claims: dict[str, Any], code: str
) -> None:
    let_time_pass(tenant)
    provider.behaviour = Behaviour(refreshes=True, claims=claims)
    work_off(tenant)
    event = events(tenant)[-1]
    assert (ada.user_id() is None, event.code) == (bool(code), code)
    assert event.outcome == (Outcome.SIGNED_OUT if code else Outcome.SIGNED_IN)


def test_userinfo_of_somebody_else_ends_the_session(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    let_time_pass(tenant)
    provider.behaviour = Behaviour(refreshes=True, userinfo={"sub": "eve"})
    work_off(tenant)
    assert (ada.user_id(), events(tenant)[-1].code) == (None, "userinfo-wrong-subject")


def test_a_session_ends_when_the_provider_has_ended_the_grant(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    let_time_pass(tenant)
    provider.end_grant()
    work_off(tenant)
    assert ada.user_id() is None
    assert (events(tenant)[-1].outcome, events(tenant)[-1].code) == (
        Outcome.SIGNED_OUT,
        "token-error",
    )


def test_a_stolen_refresh_token_that_was_used_ends_the_session(
    tenant: Tenant, ada: Visitor
) -> None:
    """Its second use, here, shows the theft: the provider revokes all that came of the sign-on."""
    stolen = kept(tenant)
    let_time_pass(tenant)
    work_off(tenant)
    with tenant_scope(tenant):
        row = OidcTokens.objects.get()
        replace_tokens(row, stolen, 600)
    let_time_pass(tenant)
    work_off(tenant)
    assert ada.user_id() is None


@pytest.mark.parametrize(
    "misbehaviour",
    [
        {"status": {"/token": "503 Service Unavailable"}},
        {
            "status": {"/token": "400 Bad Request"},
            "body": {"/token": b'{"error":"invalid_client"}'},
        },
        {"body": {"/token": b" " * 5_000_000}},
        {"silent": frozenset({"/token"})},
        {"status": {"/userinfo": "500 Oops"}},
    ],
    ids=["down", "the client is refused", "5 MB", "silent", "userinfo is down"],
)
def test_a_provider_that_cannot_be_asked_ends_no_session(
    tenant: Tenant,
    ada: Visitor,
    provider: ProviderAtHand,
    monkeypatch: pytest.MonkeyPatch,
    misbehaviour: dict[str, Any],
) -> None:
    monkeypatch.setattr("sso.oidc.services.provider_client._SECONDS", 0.5)
    let_time_pass(tenant)
    provider.behaviour = Behaviour(refreshes=True, **misbehaviour)
    began = time.monotonic()
    work_off(tenant)
    assert time.monotonic() - began < 5
    assert ada.user_id()
    asked = len(provider.asked)
    work_off(tenant)
    assert len(provider.asked) == asked, "it is left alone for a while"
    let_time_pass(tenant)
    provider.behaviour = Behaviour(refreshes=True)
    work_off(tenant)
    assert ada.user_id()
    assert kept(tenant).refresh_token == provider.refresh_token


@pytest.mark.parametrize(
    ("misbehaviour", "others_wait"),
    [
        ({"status": {"/token": "503 Service Unavailable"}}, True),
        ({"body": {"/token": b'{"error":"invalid_client"}'}, **_REFUSING}, True),
        ({"body": {"/token": b'{"error":"interaction_required"}'}, **_REFUSING}, False),
        ({"body": {"/token": b"{}"}}, False),
        ({"status": {"/userinfo": "403 Forbidden"}}, False),
        ({"body": {"/userinfo": b" " * 5_000_000}}, False),
    ],
    ids=["down", "client refused", "interaction", "no tokens", "userinfo refused", "5 MB"],
)
def test_what_concerns_one_person_makes_no_other_wait(
    tenant: Tenant,
    ada: Visitor,
    provider: ProviderAtHand,
    misbehaviour: dict[str, Any],
    others_wait: bool,
) -> None:
    other = Visitor(tenant)
    assert signed_on(other, provider).status_code == 302
    let_time_pass(tenant)
    provider.behaviour = Behaviour(refreshes=True, **misbehaviour)
    with tenant_scope(tenant):
        newest = OidcTokens.objects.latest("created_at")  # whose refresh token is good
        work_off_one(newest.pk)
    provider.behaviour = Behaviour(refreshes=True)
    asked = provider.asked.count("/token")
    work_off(tenant)
    assert provider.asked.count("/token") - asked == (0 if others_wait else 1)
    assert other.user_id()
    assert bool(ada.user_id()) is others_wait, "it has its turn, and its token is an old one"


def test_a_row_that_nobody_can_read_makes_no_other_wait(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    """Whatever is wrong with one is logged, and the others have their turn."""
    other = Visitor(tenant)
    assert signed_on(other, provider).status_code == 302
    let_time_pass(tenant)
    with tenant_scope(tenant):
        first = OidcTokens.objects.order_by("created_at")[:1]
        OidcTokens.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(
            tokens=b"unreadable", refresh_at=timezone.now() - timedelta(hours=2)
        )
    work_off(tenant)
    assert provider.asked.count("/token") == 3
    assert ada.user_id()
    assert other.user_id()
    work_off(tenant)
    assert provider.asked.count("/token") == 3


def test_a_session_that_nobody_uses_is_not_asked_about(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    let_time_pass(tenant, is_used=False)
    asked = len(provider.asked)
    work_off(tenant)
    assert len(provider.asked) == asked
    assert ada.user_id()


def test_groups_are_applied_anew(
    tenant: Tenant,
    configuration: OidcConfiguration,
    ada: Visitor,
    provider: ProviderAtHand,
    person: Person,
) -> None:
    with tenant_scope(tenant):
        create_mapping(
            provider_kind="oidc",
            provider_id=configuration.pk,
            actor=person(tenant, "admin"),
            groups_attribute="groups",
            role_sync="exact",
            requires_group=True,
            group_roles=[{"group": "Engineers", "role": "system-engineer"}],
        )
    provider.behaviour = Behaviour(refreshes=True, userinfo={"groups": ["Engineers"]})
    let_time_pass(tenant)
    work_off(tenant)
    with tenant_scope(tenant):
        assert RoleGrant.objects.get(user_id=str(ada.user_id())).role.key == "system-engineer"
    provider.behaviour = Behaviour(refreshes=True, userinfo={"groups": []})
    let_time_pass(tenant)
    work_off(tenant)
    assert (ada.user_id(), events(tenant)[-1].code) == (None, "group-missing")


def test_what_a_refresh_leaves_out_is_as_the_sign_on_said(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    with tenant_scope(tenant):
        user = User.objects.get(pk=ada.user_id())
        update_user(user, actor=ACTOR, changes={"email": ""})
    provider.behaviour = Behaviour(refreshes=True, tokens={"id_token": None})
    let_time_pass(tenant)
    work_off(tenant)
    with tenant_scope(tenant):
        assert User.objects.get(pk=ada.user_id()).email == "ada@example.com"
    assert kept(tenant).id_token


def test_groups_of_the_sign_on_do_not_come_back(
    tenant: Tenant,
    configuration: OidcConfiguration,
    provider: ProviderAtHand,
    person: Person,
) -> None:
    """A refresh without an ID token says nothing of groups: nothing is given, nor taken, by it."""
    with tenant_scope(tenant):
        create_mapping(
            provider_kind="oidc",
            provider_id=configuration.pk,
            actor=person(tenant, "admin"),
            groups_attribute="groups",
            role_sync="exact",
            requires_group=True,
            group_roles=[
                {"group": "Engineers", "role": "system-engineer"},
                {"group": "Staff", "role": "viewer"},
            ],
        )
    provider.behaviour = Behaviour(refreshes=True, claims={"groups": ["Engineers", "Staff"]})
    ada = Visitor(tenant)
    assert signed_on(ada, provider).status_code == 302

    def roles_after(**behaviour: Any) -> set[str]:
        provider.behaviour = Behaviour(refreshes=True, **behaviour)
        let_time_pass(tenant)
        work_off(tenant)
        with tenant_scope(tenant):
            held = RoleGrant.objects.filter(user_id=str(ada.user_id()))
            return set(held.values_list("role__key", flat=True))

    silent: dict[str, Any] = {"tokens": {"id_token": None}}
    assert roles_after(**silent) == {"system-engineer", "viewer"}
    assert roles_after(userinfo={"groups": ["Staff"]}, **silent) == {"viewer"}
    assert roles_after(**silent) == {"viewer"}
    provider.behaviour = Behaviour(refreshes=True, userinfo={"groups": []}, **silent)
    let_time_pass(tenant)
    work_off(tenant)
    assert (ada.user_id(), events(tenant)[-1].code) == (None, "group-missing")


def test_of_two_workers_one_refreshes(tenant: Tenant, ada: Visitor) -> None:
    let_time_pass(tenant)
    with tenant_scope(tenant):
        [tokens_id] = OidcTokens.objects.values_list("pk", flat=True)
        assert claim(tokens_id) is not None
        assert claim(tokens_id) is None
        OidcTokens.objects.update(claimed_until=timezone.now())
        assert claim(tokens_id) is not None, "a worker that was killed holds nobody up"
    assert ada.user_id()


def test_whoever_signs_out_has_their_tokens_revoked(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    token = kept(tenant).refresh_token
    work_off(tenant)
    assert provider.revoked == []
    ada.post("/logout/")
    work_off(tenant)
    assert provider.revoked == [token]
    with tenant_scope(tenant):
        assert not OidcTokens.objects.exists()


def test_another_provider_is_shown_no_token(
    tenant: Tenant, configuration: OidcConfiguration, ada: Visitor, provider: ProviderAtHand
) -> None:
    """Whoever may set the issuer must not thereby collect everybody's tokens of the one before."""
    with ProviderAtHand().running() as other, tenant_scope(tenant):
        update_oidc_configuration(configuration, actor=ACTOR, changes={"issuer": other.issuer})
        assert not OidcTokens.objects.exists()
        work_off(tenant)
        assert other.asked == provider.revoked == []
    assert ada.user_id() is None


def test_a_change_that_leaves_the_provider_revokes_there(
    tenant: Tenant, configuration: OidcConfiguration, ada: Visitor, provider: ProviderAtHand
) -> None:
    token = kept(tenant).refresh_token
    with tenant_scope(tenant):
        update_oidc_configuration(configuration, actor=ACTOR, changes={"is_enabled": False})
    work_off(tenant)
    assert (ada.user_id(), provider.revoked) == (None, [token])


def test_signing_out_waits_for_no_provider_that_is_down(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    provider.behaviour = Behaviour(status={"/revoke": "503 Service Unavailable"})
    other = Visitor(tenant)
    provider.behaviour.refreshes = True
    assert signed_on(other, provider).status_code == 302
    for each in (ada, other):
        each.post("/logout/")
    work_off(tenant)
    assert provider.asked.count("/revoke") == 1, "what it does not answer for one, it does not"
    with tenant_scope(tenant):
        assert not OidcTokens.objects.exists()


def test_signing_out_during_a_refresh_revokes_what_it_brings(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*arguments: Any) -> None:
        with tenant_scope(tenant):
            Session.objects.all().end()
        replace_tokens(*arguments)

    monkeypatch.setattr(refreshing, "replace_tokens", meanwhile)
    let_time_pass(tenant)
    work_off(tenant)
    assert ada.user_id() is None
    latest = provider.refresh_token
    work_off(tenant)
    assert provider.revoked == [latest]


def test_nobody_who_reads_the_table_has_a_token(tenant: Tenant, ada: Visitor) -> None:
    assert ada.user_id()
    tokens = kept(tenant)
    with tenant_scope(tenant):
        raw = bytes(OidcTokens.objects.get().tokens)
    for hidden in (tokens.refresh_token, tokens.access_token, tokens.id_token, tokens.nonce):
        assert hidden.encode() not in raw


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def here(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Iterator[Tenant]:
    """A tenant whose rows are committed."""
    yield committed_tenants(request.param)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [WORK_OFF_TENANT])


def test_each_tenant_with_something_due_has_a_job(here: Tenant, provider: ProviderAtHand) -> None:
    ada = _signed_on(here, provider)
    queue_tenants()
    assert str(here.pk) not in _queued()
    let_time_pass(here)
    queue_tenants()
    queue_tenants()
    assert _queued().count(str(here.pk)) == 1
    refresh_tenants_sessions(tenant_id=str(here.pk))
    assert kept(here).refresh_token == provider.refresh_token
    assert ada.user_id()


def test_of_two_refreshes_at_once_one_is_made(
    here: Tenant, provider: ProviderAtHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And who signs out meanwhile stays signed out."""
    ada = _signed_on(here, provider)
    let_time_pass(here)
    is_under_way, may_go_on = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Tokens:
        is_under_way.set()
        assert may_go_on.wait(30)
        return refresh(*arguments)

    refresh = ProviderClient.refresh
    monkeypatch.setattr(ProviderClient, "refresh", slow)
    worker = threading.Thread(target=_work_off_and_close, args=[here])
    worker.start()
    assert is_under_way.wait(30)
    work_off(here)
    assert provider.asked.count("/token") == 1, "the second leaves it to the first"
    ada.post("/logout/")
    may_go_on.set()
    worker.join()
    assert ada.user_id() is None
    latest = provider.refresh_token
    work_off(here)
    assert provider.revoked == [latest]


def _signed_on(tenant: Tenant, provider: ProviderAtHand) -> Visitor:
    provider.behaviour = Behaviour(refreshes=True)
    trust(tenant, provider, scopes=["openid", "offline_access"])
    visitor = Visitor(tenant)
    assert signed_on(visitor, provider).status_code == 302
    return visitor


def _work_off_and_close(tenant: Tenant) -> None:
    try:
        work_off(tenant)
    finally:
        connections.close_all()


def _queued() -> list[str]:
    with as_owner():
        jobs = ProcrastinateJob.objects.filter(task_name=WORK_OFF_TENANT)
        return [job.args["tenant_id"] for job in jobs]


@pytest.mark.parametrize(("preset", "prompt"), [("generic", "consent"), ("okta", None)])
def test_offline_access_is_asked_for_as_the_product_wants_it(
    tenant: Tenant, provider: ProviderAtHand, preset: str, prompt: str | None
) -> None:
    trust(tenant, provider, preset=preset, scopes=["openid", "offline_access"])
    assert parameters_of(Visitor(tenant).begin()).get("prompt") == prompt
