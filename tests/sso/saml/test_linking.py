"""People link an identity to themselves, in a session of theirs and in the browser of it."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from rbac.attempts import TRIES_AT_ACCOUNT, Attempt, TooManyAttempts
from rbac.models import AuditEntry, RoleGrant, User
from rbac.services.users import change_password, create_user, update_user
from sso.login_events.models import Outcome
from sso.provisioning.models import Identity
from sso.provisioning.services.identities import link_identity
from sso.provisioning.services.mappings import create_mapping
from sso.saml.models import SamlConfiguration, SamlRequest, SamlSession
from sso.saml.protocol.names import NAME_ID_EMAIL
from sso.saml.services.configurations import update_configuration
from sso.sign_in.models import Session
from sso.sign_in.services.passwords import NOT_CURRENT
from sso.sign_in.services.policies import set_sign_in_policy
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.sso.saml.visitors import Idp, Visitor, configure, events, instant, request_id_in
from tests.sso.sign_in.signing_in import NEW, PASSWORD, actions, sign_in

if TYPE_CHECKING:
    from sso.provisioning.external import ExternalIdentity
    from tenants.models import Tenant
    from tests.conftest import Person

PAGE = "/account/identities/"
_GRACE = f'<saml:NameID Format="{NAME_ID_EMAIL}">grace@example.com</saml:NameID>'


class Linker(Visitor):
    """The browser of somebody who links identities."""

    def press_link(self, slug: str = "okta", **given: str) -> Any:
        """Press the button, with the password."""
        return self.post(f"/sso/saml/{slug}/link/", {"current": PASSWORD, **given})

    def begin_link(self, slug: str = "okta") -> str:
        """The same; the ID of the request that the browser takes along."""
        page = self.press_link(slug)
        assert page.status_code == 200, page
        found = re.search(r'href="(https://[^"]+)"', page.content.decode())
        assert found is not None
        return request_id_in(html.unescape(found[1]))

    def link(self, slug: str = "okta", **said: Any) -> Any:
        """Link from beginning to end; the answer to the response."""
        return self.bring(Idp(self.tenant, slug).response(self.begin_link(slug), **said), slug)


class Owner(Linker):
    """That of somebody who has signed in with a password."""

    def __init__(self, tenant: Tenant, username: str) -> None:
        super().__init__(tenant)
        assert sign_in(self, username).status_code == 302


@pytest.fixture
def okta(tenant: Tenant) -> SamlConfiguration:
    """A configuration."""
    return configure(tenant)


@pytest.fixture
def vic(tenant: Tenant, okta: SamlConfiguration, person: Person) -> User:
    """Somebody who was created with a password."""
    del okta
    return person(tenant, "viewer", "vic", password=PASSWORD)


@pytest.fixture
def owner(tenant: Tenant, vic: User) -> Owner:
    """Their browser."""
    return Owner(tenant, vic.username)


def identities(tenant: Tenant) -> list[str]:
    """Whose identities there are."""
    with tenant_scope(tenant):
        return [each.user.username for each in Identity.objects.select_related("user")]


# --- Linking ----------------------------------------------------------------------------
def test_somebody_links_an_identity_and_signs_on_by_it(
    owner: Owner, tenant: Tenant, vic: User
) -> None:
    assert "Link Okta" in owner.get(PAGE).content.decode()
    secret = owner.secret()
    answer = owner.link()
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert owner.secret() == secret, "nobody is signed in by it"
    page = owner.get(PAGE).content.decode()
    assert "ada@example.com" in page
    assert "Link Okta" not in page
    assert events(tenant)[-1].outcome == Outcome.LINKED
    assert events(tenant)[-1].user == vic
    with tenant_scope(tenant):
        assert not SamlSession.objects.exists()
        assert not SamlRequest.objects.exists()
        entry = AuditEntry.objects.get(action="identity.link")
        assert (entry.actor_name, entry.changes["user"]) == ("vic", "vic")
    visitor = Visitor(tenant)
    visitor.sign_on()
    assert visitor.user_id() == str(vic.pk)


def test_the_request_asks_for_proof_and_the_answer_must_have_it(
    owner: Owner, tenant: Tenant
) -> None:
    page = owner.press_link().content.decode()
    found = re.search(r'href="(https://[^"]+)"', page)
    assert found is not None
    assert owner.link(authenticated=instant(-3600)).status_code == 403
    assert identities(tenant) == []
    assert owner.link(authenticated=instant(0)).status_code == 302


def test_what_is_anothers_is_not_linked(owner: Owner, tenant: Tenant) -> None:
    Visitor(tenant).sign_on()
    assert identities(tenant) == ["ada@example.com"]
    assert owner.link().status_code == 403
    assert events(tenant)[-1].code == "identity-linked"
    assert identities(tenant) == ["ada@example.com"]


def test_one_has_one_identity_of_each_provider(owner: Owner, tenant: Tenant) -> None:
    configure(tenant, "entra")
    owner.link()
    assert owner.link().status_code == 302, "the same again changes nothing"
    assert owner.link(name_id=_GRACE).status_code == 403
    assert owner.link("entra").status_code == 302
    assert identities(tenant) == ["vic", "vic"]


def test_nobody_is_linked_by_an_address(tenant: Tenant, vic: User) -> None:
    with tenant_scope(tenant):
        update_user(vic, actor=ACTOR, changes={"email": "ada@example.com"})
    Visitor(tenant).sign_on()
    assert identities(tenant) == ["ada@example.com"], "a user of their own"


# --- Attacks ----------------------------------------------------------------------------
def test_a_linking_cannot_be_finished_in_another_browser(
    owner: Owner, tenant: Tenant, person: Person
) -> None:
    """Else somebody else's identity would lead into the attacker's account, or the reverse."""
    person(tenant, "viewer", "mallory", password=PASSWORD)
    mallory = Owner(tenant, "mallory")
    theirs, own = mallory.begin_link(), owner.begin_link()
    assert owner.bring(Idp(tenant).response(theirs)).status_code == 403
    assert mallory.bring(Idp(tenant).response(own)).status_code == 403
    assert Visitor(tenant).bring(Idp(tenant).response(theirs)).status_code == 403
    assert identities(tenant) == []
    assert owner.bring(Idp(tenant).response(own)).status_code == 302
    assert identities(tenant) == ["vic"]


@pytest.mark.parametrize("request_id", [None, "_made-up"])
def test_a_response_that_answers_no_linking_links_nothing(
    owner: Owner, tenant: Tenant, okta: SamlConfiguration, vic: User, request_id: str | None
) -> None:
    """Also where sign-ons may begin at the identity provider: that is a sign-on then."""
    with tenant_scope(tenant):
        update_configuration(okta, actor=ACTOR, changes={"allows_idp_initiated": True})
    owner.begin_link()
    owner.bring(Idp(tenant).response(request_id))
    with tenant_scope(tenant):
        assert not Identity.objects.filter(user=vic).exists()
    assert owner.link(name_id=_GRACE).status_code in {302, 403}


def test_a_sign_on_that_is_under_way_links_nothing(owner: Owner, tenant: Tenant, vic: User) -> None:
    visitor = Visitor(tenant)
    begun = visitor.begin()
    visitor.cookies[settings.SESSION_COOKIE_NAME] = owner.secret()
    visitor.bring(Idp(tenant).response(begun))
    with tenant_scope(tenant):
        assert not Identity.objects.filter(user=vic).exists()


@pytest.mark.parametrize("how", ["signed out", "deactivated", "disabled", "another session"])
def test_it_ends_with_the_session_the_user_and_the_configuration(
    owner: Owner, tenant: Tenant, okta: SamlConfiguration, vic: User, how: str
) -> None:
    begun = owner.begin_link()
    with tenant_scope(tenant):
        if how == "deactivated":
            update_user(vic, actor=ACTOR, changes={"is_active": False})
        if how == "disabled":
            update_configuration(okta, actor=ACTOR, changes={"is_enabled": False})
        if how == "another session":
            Session.objects.filter(user=vic).delete()
    if how == "signed out":
        owner.post("/logout/")
    assert owner.bring(Idp(tenant).response(begun)).status_code in {403, 404}
    assert identities(tenant) == []


@pytest.mark.parametrize("changes", [{"is_enabled": False}, {"certificates": []}, {}])
def test_a_configuration_that_changes_while_it_links_links_nothing(
    owner: Owner,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
) -> None:
    def meanwhile(external: ExternalIdentity, **given: Any) -> Identity:
        if changes:
            SamlConfiguration.objects.update(**changes)
        return link_identity(external, **given)

    monkeypatch.setattr("sso.federation.linking.link_identity", meanwhile)
    owner.link()
    with tenant_scope(tenant):
        assert Identity.objects.exists() is not bool(changes)


def test_it_is_begun_by_a_form_of_ours_and_in_a_session_alone(tenant: Tenant, vic: User) -> None:
    del vic
    anonymous = Visitor(tenant)
    assert anonymous.post("/sso/saml/okta/link/")["Location"].startswith("/login/")
    owner = Owner(tenant, "vic")
    assert owner.get("/sso/saml/okta/link/").status_code == 405
    other_site = Client(enforce_csrf_checks=True, HTTP_HOST=owner.defaults["HTTP_HOST"])
    other_site.cookies = owner.cookies
    assert other_site.post("/sso/saml/okta/link/").status_code == 403
    with tenant_scope(tenant):
        assert not SamlRequest.objects.exists()
    owner.begin_link()


@pytest.mark.parametrize("shown", ["", "wrong", PASSWORD.upper(), "x" * 5000])
def test_whoever_finds_an_open_browser_links_nothing_without_the_password(
    owner: Owner, tenant: Tenant, shown: str
) -> None:
    answer = owner.press_link(current=shown)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert NOT_CURRENT in owner.get(PAGE).content.decode()
    with tenant_scope(tenant):
        assert not SamlRequest.objects.exists()
    assert owner.link().status_code == 302
    assert identities(tenant) == ["vic"]


def test_the_password_is_guessed_there_no_more_often_than_elsewhere(
    owner: Owner, tenant: Tenant
) -> None:
    new = {"password": NEW, "password_again": NEW}
    for _ in range(TRIES_AT_ACCOUNT // 2):
        owner.press_link(current="wrong")
        owner.post("/account/password/", {"current": "wrong", **new})
    assert owner.press_link().status_code == 429, "also the right one"
    assert (
        "Try again"
        in owner.post("/account/password/", {"current": PASSWORD, **new}).content.decode()
    )
    with tenant_scope(tenant):
        assert not SamlRequest.objects.exists()


def test_whoever_signs_on_too_often_links_nothing(
    owner: Owner, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = Idp(tenant).response(owner.begin_link())
    with monkeypatch.context() as patched:
        patched.setattr("rbac.attempts.Attempt.at", _too_often)
        assert owner.bring(response).status_code == 429
    assert identities(tenant) == []
    owner.link()
    assert identities(tenant) == ["vic"]


def _too_often(*_: Any, **__: Any) -> Attempt:
    raise TooManyAttempts(1)


def _age(tenant: Tenant, by: timedelta) -> None:
    with tenant_scope(tenant):
        Session.objects.update(created_at=timezone.now() - by)


@pytest.mark.parametrize("user_has", ["no password", "one that is not taken"])
def test_without_a_password_a_sign_on_of_the_last_minutes_is_asked_for(
    tenant: Tenant, okta: SamlConfiguration, user_has: str
) -> None:
    del okta
    configure(tenant, "entra")
    ada = Linker(tenant)
    ada.sign_on()
    if user_has != "no password":
        _require_sso(tenant)
        ada.sign_on()
    _age(tenant, timedelta(minutes=5, seconds=1))
    assert "within 5 minutes" in ada.get(PAGE).content.decode()
    assert ada.press_link("entra")["Location"] == PAGE
    assert "sign in again by an identity" in ada.get(PAGE).content.decode()
    with tenant_scope(tenant):
        assert not SamlRequest.objects.exists()
    ada.post("/logout/")
    ada.sign_on()
    _age(tenant, timedelta(minutes=4))
    assert ada.link("entra").status_code == 302
    assert identities(tenant) == ["ada@example.com"] * 2


def _require_sso(tenant: Tenant) -> None:
    """Of somebody who has a password, too."""
    with tenant_scope(tenant):
        ada = User.objects.get(username="ada@example.com")
        change_password(ada, password=PASSWORD, actor=ACTOR)
        boss = create_user(username="boss", password=PASSWORD, roles=["admin"], actor=ACTOR)
        set_sign_in_policy(requires_sso=True, break_glass=[boss.pk], actor=ACTOR)


def test_a_session_that_no_provider_opened_is_no_proof(
    tenant: Tenant, okta: SamlConfiguration
) -> None:
    del okta
    configure(tenant, "entra")
    ada = Linker(tenant)
    ada.sign_on()
    with tenant_scope(tenant):
        Session.objects.update(by_provider=False)
    assert ada.press_link("entra").status_code == 302
    with tenant_scope(tenant):
        assert not SamlRequest.objects.exists()
        Session.objects.update(by_provider=True)
    ada.begin_link("entra")


# --- Unlinking --------------------------------------------------------------------------
def unlink(owner: Visitor, tenant: Tenant) -> Any:
    with tenant_scope(tenant):
        pk = Identity.objects.get().pk
    return owner.post(f"{PAGE}{pk}/unlink/", follow=True)


def test_somebody_unlinks_what_they_linked(owner: Owner, tenant: Tenant) -> None:
    owner.link()
    assert "signs you on no more" in unlink(owner, tenant).content.decode()
    assert identities(tenant) == []
    assert "identity.unlink" in actions(tenant)


def test_sessions_that_it_opened_end_and_no_others(
    owner: Owner, tenant: Tenant, person: Person
) -> None:
    """Whoever took the account at the provider would stay in for hours else."""
    person(tenant, "viewer", "mallory", password=PASSWORD)
    mallory, by_password = Owner(tenant, "mallory"), Owner(tenant, "vic")
    configure(tenant, "entra")
    owner.link()
    owner.link("entra")
    thief, by_another, here = Visitor(tenant), Visitor(tenant), Linker(tenant)
    for each in (thief, here):
        each.sign_on()
    by_another.sign_on("entra")
    with tenant_scope(tenant):
        pk = Identity.objects.get(provider_id=SamlConfiguration.objects.get(slug="okta").pk).pk
    page = here.post(f"{PAGE}{pk}/unlink/", follow=True).content.decode()
    assert "Other sessions ended: 1." in page
    assert actions(tenant).count("session.revoke") == 1
    assert thief.get("/account/").status_code == 302
    for each in (here, by_another, by_password, owner, mallory):
        assert each.get("/account/").status_code == 200


def test_the_last_way_to_sign_in_stays(
    owner: Owner, tenant: Tenant, okta: SamlConfiguration
) -> None:
    visitor = Visitor(tenant)
    visitor.sign_on()
    assert "last way" in unlink(visitor, tenant).content.decode()
    assert identities(tenant) == ["ada@example.com"]
    with tenant_scope(tenant):
        Identity.objects.all().delete()
        boss = create_user(username="boss", password=PASSWORD, roles=["admin"], actor=ACTOR)
        set_sign_in_policy(requires_sso=True, break_glass=[boss.pk], actor=ACTOR)
    sign_in(owner, "boss")
    owner.link()
    with tenant_scope(tenant):
        other = configure(tenant, "entra")
        set_sign_in_policy(requires_sso=False, break_glass=[], actor=ACTOR)
        update_configuration(okta, actor=ACTOR, changes={"is_enabled": False})
    del other
    assert "signs you on no more" in unlink(owner, tenant).content.decode()


def test_what_groups_gave_is_taken_with_the_identity(
    owner: Owner, tenant: Tenant, okta: SamlConfiguration, vic: User
) -> None:
    """Else it would be theirs for ever: no sign-on takes it any more."""
    with tenant_scope(tenant):
        create_mapping(
            provider_kind="saml",
            provider_id=okta.pk,
            groups_attribute="groups",
            role_sync="exact",
            group_roles=[{"group": "Engineers", "role": "system-engineer"}],
            actor=create_user(username="root", roles=["admin"], actor=ACTOR),
        )
    owner.link()
    Visitor(tenant).sign_on()  # with the group Engineers
    with tenant_scope(tenant):
        held = RoleGrant.objects.filter(user=vic).values_list("role__key", flat=True)
        assert sorted(held) == ["system-engineer", "viewer"]
    unlink(owner, tenant)
    with tenant_scope(tenant):
        assert list(held.all()) == ["viewer"]


def test_anothers_identity_is_not_there(owner: Owner, tenant: Tenant) -> None:
    Visitor(tenant).sign_on()
    with tenant_scope(tenant):
        pk = Identity.objects.get().pk
    assert owner.post(f"{PAGE}{pk}/unlink/").status_code == 404
    assert identities(tenant) == ["ada@example.com"]
