"""Exchanging a job's token for a short-lived one of a service account."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from iac_platform.common.errors import RevisionConflict
from rbac import tokens
from rbac.errors import CannotGrant, InvalidToken
from rbac.models import ApiToken, AuditEntry
from rbac.selectors import token_by_digest
from rbac.services.roles import create_role
from rbac.services.service_accounts import create_service_account, update_service_account
from rbac.services.tokens import create_token, rotate_token
from sso.login_events.models import Outcome
from sso.login_events.services import Login, LoginSource, record_login
from sso.scim.models import ScimToken
from sso.scim.services.tokens import create_scim_token
from sso.workload_identity.errors import WorkloadIdentityNotFound
from sso.workload_identity.models import WorkloadIdentity
from sso.workload_identity.services.exchange import issue_for
from sso.workload_identity.services.workload_identities import (
    create_workload_identity,
    delete_workload_identity,
    update_workload_identity,
)
from tenants.context import tenant_scope
from tests.api_client import ApiClient
from tests.conftest import ACTOR
from tests.rbac.access.refusals import again
from tests.sso.oidc.provider_at_hand import corrupted, extended, hashed, rsa_key, unsigned
from tests.sso.scim.clients import provider_of
from tests.sso.visitors import events
from tests.sso.workload_identity.ci import account_of, audience_of, exchanged, trusted

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant
    from tests.conftest import Rivals
    from tests.sso.workload_identity.ci import Ci

ME = "/api/v1/me/"
_NOW = int(time.time())
_HOUR = 3_600
_DAY = 24 * _HOUR
_MAY = dict.fromkeys(
    (
        *(f"workload_identity.{verb}" for verb in ("view", "create", "update")),
        *("service_account.view", "service_account.token", "scim_token.view", "scim_token.create"),
    ),
    "tenant",
)


def works(tenant: Tenant, secret: str) -> bool:
    """Whether a token opens anything."""
    status: int = ApiClient(tenant, token=secret).get(ME).status_code
    assert status in {200, 401}
    return status == 200


def issued(tenant: Tenant, identity: WorkloadIdentity, ci: Ci) -> str:
    answer = exchanged(tenant, identity, ci.token(tenant))
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def test_a_job_gets_a_token_of_the_service_account(tenant: Tenant, ci: Ci, account: User) -> None:
    identity = trusted(tenant, ci, account, scopes=["project.view"])
    answer = exchanged(tenant, identity, ci.token(tenant))
    body = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert body["token_type"] == "Bearer"
    assert body["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert 890 <= body["expires_in"] <= 900
    assert body["scope"] == "project.view"
    me = ApiClient(tenant, token=body["access_token"]).get(ME)
    assert me.json()["username"] == account.username
    with tenant_scope(tenant):
        row = ApiToken.objects.get(issued_by=identity.pk)
        assert row.digest == tokens.digest(body["access_token"])
        assert row.delete_after == row.expires_at
        entry = AuditEntry.objects.get(action="token.issue")
        assert entry.subject_id == str(row.pk)
        assert body["access_token"] not in str(entry.changes)
    (event,) = events(tenant)
    assert (event.outcome, event.provider_id, event.user) == (
        Outcome.TOKEN_ISSUED,
        identity.pk,
        account,
    )
    assert event.subject == "repo:octo-org/web:environment:production"


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a forged signature": ({"write": corrupted}, {}, "signature-invalid"),
    "no signature": ({"write": unsigned}, {}, "signature-algorithm"),
    "a shared secret": (
        {"write": lambda claims: hashed(claims, b"secret")},
        {},
        "signature-algorithm",
    ),
    "an extension": ({"write": extended}, {}, "critical-header"),
    "a stranger's key": (
        {
            "signing": rsa_key("stranger"),
            "published": [dict(rsa_key("first").as_dict(private=False))],
        },
        {},
        "unknown-key",
    ),
    "another issuer": ({}, {"iss": "https://ci.example.com"}, "wrong-issuer"),
    "another audience": ({}, {"aud": "sts.amazonaws.com"}, "wrong-audience"),
    "a second audience": ({}, {"aud": ["https://acme.iac.example", "x"]}, "wrong-audience"),
    "no audience": ({}, {"aud": None}, "wrong-audience"),
    "expired": ({}, {"exp": _NOW - 120}, "expired"),
    "no expiry": ({}, {"exp": None}, "expired"),
    "an expiry of 401 digits": ({}, {"exp": 10**400}, "expired"),
    "issued in the future": ({}, {"iat": _NOW + _HOUR, "exp": _NOW + 2 * _HOUR}, "wrong-issued-at"),
    "not valid yet": ({}, {"nbf": _NOW + _HOUR}, "not-yet-valid"),
    "a life of days": ({}, {"exp": _NOW + 2 * _DAY}, "token-lives-too-long"),
    "another repository": (
        {},
        {"sub": "repo:octo-org/other:environment:production", "repository": "octo-org/other"},
        "subject-not-trusted",
    ),
    "a fork": (
        {},
        {"sub": "repo:mallory/web:environment:production", "repository_owner_id": "666"},
        "subject-not-trusted",
    ),
    "a pull request": ({}, {"sub": "repo:octo-org/web:pull_request"}, "subject-not-trusted"),
    "an owner who took the name": ({}, {"repository_owner_id": "666"}, "claim-not-trusted"),
    "a claim that is missing": ({}, {"repository_owner_id": None}, "claim-not-trusted"),
    "a claim that is a list": ({}, {"repository_owner_id": ["1234567"]}, "claim-not-trusted"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_trusted_is_refused(case: str, acme: Tenant, ci: Ci) -> None:
    behaviour, claims, code = REFUSED[case]
    identity = trusted(acme, ci, account_of(acme))
    for name, value in behaviour.items():
        setattr(ci.provider.behaviour, name, value)
    answer = exchanged(acme, identity, ci.token(acme, **claims))
    assert (answer.status_code, answer["Cache-Control"]) == (400, "no-store")
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": "The workload identity does not accept this token. "
        "The tenant's admins find the reason in the login log.",
    }
    with tenant_scope(acme):
        assert not ApiToken.objects.filter(issued_by=identity.pk).exists()
    (event,) = events(acme)
    assert (event.outcome, event.code) == (Outcome.REFUSED, code)


def test_nobody_is_told_which_workload_identities_there_are(rivals: Rivals, ci: Ci) -> None:
    """Another tenant's is answered like one that never was, also for a token that it trusts."""
    theirs = trusted(rivals.victim, ci, account_of(rivals.victim))
    token = ci.token(rivals.victim)
    foreign = exchanged(rivals.attacker, theirs, token)
    unknown = exchanged(
        rivals.attacker, theirs, token, client_id=str(account_of(rivals.attacker).pk)
    )
    refused = exchanged(rivals.victim, theirs, ci.token(rivals.victim, sub="repo:x/y:z"))
    assert foreign.status_code == unknown.status_code == refused.status_code == 400
    assert foreign.json() == unknown.json() == refused.json()
    assert not events(rivals.attacker)
    assert exchanged(rivals.victim, theirs, token).status_code == 200


def test_a_token_for_one_tenant_opens_no_other_that_trusts_the_same_job(
    rivals: Rivals, ci: Ci
) -> None:
    ours = trusted(rivals.attacker, ci, account_of(rivals.attacker))
    assert exchanged(rivals.attacker, ours, ci.token(rivals.victim)).status_code == 400
    assert exchanged(rivals.attacker, ours, ci.token(rivals.attacker)).status_code == 200


def test_a_deactivated_account_gets_no_token_and_its_tokens_die(
    tenant: Tenant, ci: Ci, account: User
) -> None:
    identity = trusted(tenant, ci, account)
    secret = issued(tenant, identity, ci)
    assert works(tenant, secret)
    with tenant_scope(tenant):
        update_service_account(account, actor=ACTOR, changes={"is_active": False})
    assert not works(tenant, secret)
    assert exchanged(tenant, identity, ci.token(tenant)).status_code == 400
    assert events(tenant)[-1].code == "invalid-token"


@pytest.mark.parametrize(
    "changes", [{"is_enabled": False}, {"subject": "repo:octo-org/web:ref:refs/heads/main"}]
)
def test_a_change_of_what_is_trusted_kills_the_tokens(
    changes: dict[str, Any], acme: Tenant, ci: Ci
) -> None:
    identity = trusted(acme, ci, account_of(acme))
    secret = issued(acme, identity, ci)
    with tenant_scope(acme):
        update_workload_identity(identity, actor=ACTOR, changes={"name": "Renamed"})
    assert works(acme, secret)
    with tenant_scope(acme):
        update_workload_identity(identity, actor=ACTOR, changes=changes)
    assert not works(acme, secret)
    assert exchanged(acme, identity, ci.token(acme)).status_code == 400


def test_what_is_changed_while_the_issuer_is_asked_gives_no_token(acme: Tenant, ci: Ci) -> None:
    identity = trusted(acme, ci, account_of(acme))
    with tenant_scope(acme):
        seen = WorkloadIdentity.objects.get()
        update_workload_identity(identity, actor=ACTOR, changes={"token_lifetime_seconds": 600})
        with pytest.raises(RevisionConflict):
            issue_for(seen, "repo:octo-org/web", None)
        delete_workload_identity(identity, actor=ACTOR)
        with pytest.raises(WorkloadIdentityNotFound):
            issue_for(seen, "repo:octo-org/web", None)
        assert not ApiToken.objects.filter(issued_by=seen.pk).exists()


def test_deleting_it_kills_the_tokens_and_those_made_through_them(
    tenant: Tenant, ci: Ci, account: User
) -> None:
    identity = trusted(tenant, ci, account)
    secret = issued(tenant, identity, ci)
    with tenant_scope(tenant):
        found = token_by_digest(tokens.digest(secret))
        assert found is not None
        ends = found.expires_at
        made, further = create_token(account, name="further", expires_at=ends, actor=ACTOR)
        through = ApiToken.objects.get(pk=found.pk)
        account.through = through
        child, offspring = create_token(account, name="child", expires_at=ends, actor=account)
        assert child.issued_by == identity.pk
        delete_workload_identity(identity, actor=ACTOR)
    assert not works(tenant, secret)
    assert not works(tenant, offspring)
    assert works(tenant, further), made
    assert exchanged(tenant, identity, ci.token(tenant)).status_code == 400


def test_nothing_that_lasts_is_made_through_an_issued_token(tenant: Tenant, ci: Ci) -> None:
    """Minutes would become for ever: by a token of SCIM, or a workload that its thief runs."""
    with tenant_scope(tenant):
        role = create_role(name="Workloads", permissions=_MAY, actor=ACTOR)
        keeper = create_service_account(username="keeper", roles=[role.key], actor=ACTOR)
    identity, provider = trusted(tenant, ci, keeper), provider_of(tenant)
    secret = issued(tenant, identity, ci)
    wanted: dict[str, Any] = {"platform": "github", "subject": "repo:mallory/web:*"}
    wanted["audience"] = audience_of(tenant)
    with tenant_scope(tenant):
        short = again(keeper, token_by_digest(tokens.digest(secret)))
        with pytest.raises(CannotGrant, match="outlast"):
            create_workload_identity(name="Mine", service_account=keeper, actor=short, **wanted)
        with pytest.raises(CannotGrant, match="outlast"):
            update_workload_identity(identity, actor=short, changes=wanted)
        with pytest.raises(CannotGrant):  # for all that an admin may do, which no token has
            create_scim_token(
                name="Okta", provider_kind="saml", provider_id=provider.pk, actor=short
            )
        assert not ScimToken.objects.exists()
        assert WorkloadIdentity.objects.get().trust == identity.trust
        lasting = again(keeper, create_token(keeper, name="lasting", actor=ACTOR)[0])
        create_workload_identity(name="Mine", service_account=keeper, actor=lasting, **wanted)


def test_refused_exchanges_push_no_refused_sign_on_out_of_the_log(
    acme: Tenant, ci: Ci, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever knows a client_id, which is no secret, would make the log blind."""
    monkeypatch.setattr("sso.login_events.services.MAX_UNSOLICITED", 0)
    identity = trusted(acme, ci, account_of(acme))
    for token in ("a.b.c", ci.token(acme, sub="repo:mallory/web:x")):
        assert exchanged(acme, identity, token).status_code == 400
    with tenant_scope(acme):
        source = LoginSource("oidc", identity.pk, "Sso")
        assert record_login(source, Login(Outcome.REFUSED, code="expired"), address=None)
    assert [event.code for event in events(acme)] == ["expired"]


def test_an_issued_token_is_not_rotated(tenant: Tenant, ci: Ci, account: User) -> None:
    identity = trusted(tenant, ci, account)
    issued(tenant, identity, ci)
    with tenant_scope(tenant):
        token = ApiToken.objects.get(issued_by=identity.pk)
        with pytest.raises(InvalidToken):
            rotate_token(token, actor=ACTOR)


def test_a_job_may_exchange_its_token_again(acme: Tenant, ci: Ci) -> None:
    identity, token = trusted(acme, ci, account_of(acme)), ci.token(acme)
    first, second = (exchanged(acme, identity, token).json()["access_token"] for _ in range(2))
    assert first != second
    assert works(acme, first)
    assert works(acme, second)


def test_new_keys_of_the_issuer_are_fetched(acme: Tenant, ci: Ci) -> None:
    identity = trusted(acme, ci, account_of(acme))
    issued(acme, identity, ci)
    ci.provider.behaviour.signing = rsa_key("second")
    issued(acme, identity, ci)
    assert ci.provider.asked.count("/keys") == 2


def test_less_may_be_asked_for_and_not_more(acme: Tenant, ci: Ci) -> None:
    identity = trusted(acme, ci, account_of(acme), scopes=["project.*"])
    less = exchanged(acme, identity, ci.token(acme), scope="project.view")
    assert less.json()["scope"] == "project.view"
    more = exchanged(acme, identity, ci.token(acme), scope="project.view blueprint.view")
    assert (more.status_code, events(acme)[-1].code) == (400, "scope-not-allowed")


def test_an_issuer_that_is_down_is_told_apart(acme: Tenant, ci: Ci) -> None:
    identity = trusted(acme, ci, account_of(acme))
    ci.provider.behaviour.status["/keys"] = "503 Service Unavailable"
    answer = exchanged(acme, identity, ci.token(acme))
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert events(acme)[-1].code == "provider-unreachable"


def test_another_tenants_address_is_no_audience(acme: Tenant, globex: Tenant, ci: Ci) -> None:
    identity = trusted(acme, ci, account_of(acme))
    answer = exchanged(acme, identity, ci.token(acme, aud=audience_of(globex)))
    assert answer.status_code == 400
