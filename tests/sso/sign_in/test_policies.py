"""A tenant requires single sign-on of everybody but its break-glass accounts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import caches
from django.db import connections

from rbac.models import Invitation, User, UserKind
from rbac.services.grants import grant_role, revoke_role
from rbac.services.invitations import accept_invitation, invite_user
from rbac.services.roles import find_role
from rbac.services.support import grant_support_access
from rbac.services.teams import add_member, create_team
from rbac.services.tokens import create_token
from rbac.services.users import create_user, update_user
from sso.saml.services.configurations import delete_configuration, update_configuration
from sso.sign_in.errors import InvalidSignInPolicy, SingleSignOnRequired
from sso.sign_in.models import Session, SignInPolicy
from sso.sign_in.services.policies import NO_BREAK_GLASS, set_sign_in_policy
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, errors_of
from tests.api_client import ApiClient
from tests.conftest import ACTOR
from tests.sso.saml.visitors import Visitor, configure
from tests.sso.sign_in.signing_in import PASSWORD, actions, entry, sign_in
from tests.throwaway import platform

if TYPE_CHECKING:
    from sso.saml.models import SamlConfiguration
    from tenants.models import Tenant
    from tests.conftest import Api, Person, Rivals
    from tests.throwaway import ThrowawayTenants

LIMITS = {"session_hours": 8, "idle_minutes": 60}  # what the admin's form is filled in with
URL = "/api/v1/sso/sign-in-policy/"
IN, REFUSED = 302, 200


@pytest.fixture
def okta(tenant: Tenant) -> SamlConfiguration:
    """An identity provider."""
    return configure(tenant)


@pytest.fixture
def boss(tenant: Tenant, person: Person) -> User:
    """An admin with a password."""
    return person(tenant, "admin", "boss", password=PASSWORD)


@pytest.fixture
def vic(tenant: Tenant, person: Person) -> User:
    """Somebody else."""
    return person(tenant, "viewer", "vic", password=PASSWORD)


def require(tenant: Tenant, *people: User, requires_sso: bool = True) -> SignInPolicy:
    with tenant_scope(tenant):
        return set_sign_in_policy(
            requires_sso=requires_sso, break_glass=[each.pk for each in people], actor=ACTOR
        )


def text_of(answer: Any) -> str:
    """A page without what differs from answer to answer."""
    lines = answer.content.decode().splitlines()
    return "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line)


# --- Who is let in ----------------------------------------------------------------------
def test_passwords_are_taken_of_break_glass_accounts_alone(
    tenant: Tenant, okta: SamlConfiguration, boss: User, vic: User
) -> None:
    del okta
    require(tenant, boss)
    assert sign_in(AdminClient(tenant), "vic").status_code == REFUSED
    assert sign_in(AdminClient(tenant), "boss").status_code == IN
    require(tenant, boss, vic)
    assert sign_in(AdminClient(tenant), "vic").status_code == IN
    require(tenant, boss, requires_sso=False)
    assert sign_in(AdminClient(tenant), "vic").status_code == IN


def test_nothing_tells_whose_password_is_taken(
    tenant: Tenant,
    okta: SamlConfiguration,
    boss: User,
    vic: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del okta, vic
    caches["default"].clear()  # the log tells of nobody in particular once a minute
    require(tenant, boss)
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def noted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    tries = {
        "right, and not taken": ("vic", PASSWORD),
        "wrong": ("vic", "wrong-password-11"),
        "wrong, of a break-glass account": ("boss", "wrong-password-11"),
        "of nobody": ("nobody", "wrong-password-11"),
    }
    seen = {}
    for name, (username, password) in tries.items():
        hashed.clear()
        answer = sign_in(AdminClient(tenant), username, password)
        page = text_of(answer).replace(f'value="{username}"', "")
        seen[name] = (answer.status_code, page, len(hashed), sorted(answer.cookies))
    assert len({str(each) for each in seen.values()}) == 1, seen
    assert actions(tenant).count("access.sign_in_failed") == len(tries) - 1  # vic's are counted


def test_their_sessions_by_password_end_and_those_by_the_provider_go_on(
    tenant: Tenant, okta: SamlConfiguration, boss: User, vic: User
) -> None:
    del okta, vic
    visitor, admin, viewer = Visitor(tenant), AdminClient(tenant), AdminClient(tenant)
    visitor.sign_on()
    assert {sign_in(admin, "boss").status_code, sign_in(viewer, "vic").status_code} == {IN}
    require(tenant, boss)
    assert visitor.get("/account/").status_code == 200
    assert admin.get("/account/").status_code == 200
    assert viewer.get("/account/").status_code == 302
    require(tenant, *_admins(tenant, "other"))
    assert admin.get("/account/").status_code == 302, "no break-glass account any more"


def test_a_password_in_a_session_of_the_provider_makes_it_one_by_password(
    tenant: Tenant, okta: SamlConfiguration, boss: User
) -> None:
    del okta
    visitor = Visitor(tenant)
    visitor.sign_on()
    with tenant_scope(tenant):
        user = User.objects.get(pk=visitor.user_id())
        assert list(Session.objects.values_list("by_provider", flat=True)) == [True]
        user.set_password(PASSWORD)
        user.save()
    visitor.sign_on()
    assert sign_in(visitor, user.username).status_code == IN
    with tenant_scope(tenant):
        assert list(Session.objects.values_list("by_provider", flat=True)) == [False]
    require(tenant, boss)
    assert visitor.get("/account/").status_code == 302


def test_tokens_and_the_operators_staff_go_on(
    tenant: Tenant, okta: SamlConfiguration, boss: User, vic: User, person: Person
) -> None:
    del okta
    with tenant_scope(tenant):
        _, secret = create_token(vic, actor=vic, name="laptop")
    staff = person(platform(), "operator", "chief")
    with tenant_scope(platform()):
        given = grant_support_access(
            tenant, operator=staff, reason="Ticket 4711: to look", role="viewer"
        )
    require(tenant, boss)
    assert ApiClient(tenant, token=secret).get("/api/v1/me/").status_code == 200
    with tenant_scope(tenant):
        username = User.objects.get(kind=UserKind.SUPPORT).username
    assert sign_in(AdminClient(tenant), username, given.token).status_code == IN


def test_what_one_tenant_requires_says_nothing_of_another(rivals: Rivals, person: Person) -> None:
    configure(rivals.attacker)
    boss = person(rivals.attacker, "admin", "boss", password=PASSWORD)
    person(rivals.victim, "viewer", "vic", password=PASSWORD)
    require(rivals.attacker, boss)
    assert sign_in(AdminClient(rivals.victim), "vic").status_code == IN


def test_a_sign_in_that_is_under_way_waits_or_ends(committed_tenants: ThrowawayTenants) -> None:
    """Whoever has shown their password, and is about to get a session, gets none that stays."""
    tenant = committed_tenants()
    configure(tenant)
    with tenant_scope(tenant):
        boss = create_user(username="boss", password=PASSWORD, roles=["admin"], actor=ACTOR)
        create_user(username="vic", password=PASSWORD, actor=ACTOR)
    start, answers = threading.Barrier(2), []
    viewer = AdminClient(tenant)

    def enter() -> None:
        start.wait()
        answers.append(sign_in(viewer, "vic").status_code)
        connections.close_all()

    thread = threading.Thread(target=enter)
    thread.start()
    start.wait()
    require(tenant, boss)
    thread.join()
    assert viewer.get("/account/").status_code == 302, answers
    with tenant_scope(tenant):
        assert not Session.objects.filter(user__username="vic").exists()


# --- Nobody is locked out ---------------------------------------------------------------
def _admins(tenant: Tenant, username: str, **given: Any) -> list[User]:
    given.setdefault("password", PASSWORD)
    with tenant_scope(tenant):
        return [create_user(username=username, roles=["admin"], actor=ACTOR, **given)]


@pytest.mark.parametrize("who", ["nobody", "viewer", "without a password", "deactivated"])
def test_an_active_admin_with_a_password_must_be_exempt(
    tenant: Tenant, okta: SamlConfiguration, boss: User, vic: User, who: str
) -> None:
    del okta
    people = {"nobody": [], "viewer": [vic]}.get(who)
    if who == "without a password":
        people = _admins(tenant, "sso-only", password=None)
    if who == "deactivated":
        people = _admins(tenant, "gone")
        with tenant_scope(tenant):
            update_user(people[0], actor=ACTOR, changes={"is_active": False})
    with pytest.raises(InvalidSignInPolicy, match="active admin"):
        require(tenant, *people or [])
    assert sign_in(AdminClient(tenant), "vic").status_code == IN
    require(tenant, boss, *people or [])


@pytest.mark.parametrize("why", ["deactivated", "no password", "no admin", "gone from the list"])
def test_it_is_warned_of_once_nobody_could_come_in(
    tenant: Tenant, okta: SamlConfiguration, boss: User, api: Api, why: str
) -> None:
    """Such a choice is refused, but people change afterwards."""
    del okta
    spare = _admins(tenant, "spare")[0]
    client, row = api(tenant), require(tenant, boss)
    assert _warned(client, spare, row) == [[], False]
    with tenant_scope(tenant):
        if why == "deactivated":
            update_user(boss, actor=ACTOR, changes={"is_active": False})
        elif why == "no password":
            User.objects.filter(pk=boss.pk).update(password="!")
        elif why == "no admin":
            revoke_role(boss, find_role("admin"), actor=ACTOR)
        else:
            SignInPolicy.objects.update(break_glass=[])
    assert _warned(client, spare, row) == [["no-break-glass-account"], True]
    require(tenant, spare)
    assert _warned(client, spare, row) == [[], False]
    require(tenant, requires_sso=False)
    assert _warned(client, spare, row) == [[], False]


def _warned(client: ApiClient, admin: User, row: SignInPolicy) -> list[Any]:
    codes = [each["code"] for each in client.get(URL).json()["warnings"]]
    page = AdminClient(client.tenant, admin).page("sign_in_signinpolicy_change", row.pk)  # type: ignore[arg-type]  # it has one
    return [codes, NO_BREAK_GLASS in page]


def test_an_admin_by_a_team_is_one(tenant: Tenant, okta: SamlConfiguration, vic: User) -> None:
    del okta
    with tenant_scope(tenant):
        team = create_team(name="Admins", actor=ACTOR)
        add_member(team, vic, actor=ACTOR)
        grant_role(team, find_role("admin"), actor=ACTOR)
    assert require(tenant, vic).requires_sso


def test_an_enabled_provider_must_be_there(tenant: Tenant, boss: User) -> None:
    with pytest.raises(InvalidSignInPolicy, match="identity provider"):
        require(tenant, boss)
    okta = configure(tenant)
    with tenant_scope(tenant):
        update_configuration(okta, actor=ACTOR, changes={"is_enabled": False})
    with pytest.raises(InvalidSignInPolicy, match="identity provider"):
        require(tenant, boss)
    assert not require(tenant, boss, requires_sso=False).requires_sso


def test_the_last_provider_stays_while_it_is_required(
    tenant: Tenant, okta: SamlConfiguration, boss: User
) -> None:
    other = configure(tenant, "entra")
    require(tenant, boss)
    with tenant_scope(tenant):
        delete_configuration(other, actor=ACTOR)
        with pytest.raises(SingleSignOnRequired):
            delete_configuration(okta, actor=ACTOR)
        with pytest.raises(SingleSignOnRequired):
            update_configuration(okta, actor=ACTOR, changes={"is_enabled": False})
        update_configuration(okta, actor=ACTOR, changes={"name": "Okta 2"})
    require(tenant, boss, requires_sso=False)
    with tenant_scope(tenant):
        delete_configuration(okta, actor=ACTOR)


# --- Invitations ------------------------------------------------------------------------
def test_nobody_is_invited_to_choose_a_password_that_is_not_taken(
    tenant: Tenant, okta: SamlConfiguration, boss: User
) -> None:
    del okta
    with tenant_scope(tenant):
        _, token = invite_user(email="grace@example.com", actor=boss)
    require(tenant, boss)
    with tenant_scope(tenant):
        with pytest.raises(SingleSignOnRequired):
            invite_user(email="ada@example.com", actor=boss)
        with pytest.raises(SingleSignOnRequired):
            accept_invitation(token=token, username="grace", password=PASSWORD)
        assert not User.objects.named("grace").exists()
        assert Invitation.objects.open().count() == 1
    page = AdminClient(tenant).get("/invitation/").content.decode()
    assert "requires single sign-on" in page
    assert 'name="password"' not in page
    require(tenant, boss, requires_sso=False)
    with tenant_scope(tenant):
        accept_invitation(token=token, username="grace", password=PASSWORD)
    assert 'name="password"' in AdminClient(tenant).get("/invitation/").content.decode()


# --- The pages and the API --------------------------------------------------------------
def test_the_login_page_shows_providers_first_and_the_password_folded(
    tenant: Tenant, okta: SamlConfiguration, boss: User
) -> None:
    del okta
    client = AdminClient(tenant)
    before = client.get("/login/").content.decode()
    assert before.index('name="password"') < before.index("Sign in with Okta")
    assert "<details" not in before
    require(tenant, boss)
    page = client.get("/login/").content.decode()
    assert page.index("Sign in with Okta") < page.index("<details>") < page.index('name="password"')
    wrong = sign_in(client, "boss", "wrong-password-11").content.decode()
    assert "<details open>" in wrong, "whoever was wrong sees why"


def test_the_api_shows_and_changes_it(
    tenant: Tenant, okta: SamlConfiguration, boss: User, api: Api
) -> None:
    del okta
    client = api(tenant, "admin")
    first = client.get(URL)
    assert first.json() == {
        "requires_sso": False,
        "break_glass": [],
        "requires_second_factor": False,
        "session_hours": 8,
        "idle_minutes": 10_080,
        "warnings": [],
        "revision": 1,
    }
    chosen = {"requires_sso": True, "break_glass": [str(boss.pk)]}
    headers = {"If-Match": first.headers["ETag"]}
    assert client.put(URL, chosen).status_code == 428
    assert client.put(URL, chosen, headers=headers).json()["requires_sso"] is True
    assert client.put(URL, chosen, headers=headers).status_code == 412
    assert entry(tenant, "sign_in_policy.update").changes == {
        "requires_sso": [False, True],
        "break_glass": [[], ["boss"]],
    }


def test_the_admin_names_people_by_their_usernames(
    tenant: Tenant, okta: SamlConfiguration, boss: User, vic: User
) -> None:
    del okta
    admin = AdminClient(tenant, boss)
    unknown = admin.submit("sign_in_signinpolicy_add", requires_sso="on", break_glass="nobody")
    assert "no user" in errors_of(unknown)
    locked = admin.submit(
        "sign_in_signinpolicy_add", requires_sso="on", break_glass="vic", **LIMITS
    )
    assert "active admin" in errors_of(locked)
    added = admin.submit(
        "sign_in_signinpolicy_add", requires_sso="on", break_glass="Boss\nvic\n", **LIMITS
    )
    assert added.status_code == 302
    with tenant_scope(tenant):
        row = SignInPolicy.objects.get()
        assert set(row.break_glass) == {boss.pk, vic.pk}
    shown = admin.get(f"/admin/sign_in/signinpolicy/{row.pk}/change/").content.decode()
    assert "boss\nvic" in shown
