"""Signing on at a tenant's host, from the button to the session."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from lxml import html

from rbac.models import AuditEntry, User
from sso.login_events.models import Outcome
from sso.provisioning.models import Identity
from sso.saml.models import SamlRequest, SamlSession
from sso.saml.protocol.names import NAME_ID_TRANSIENT, POST, REDIRECT
from sso.saml.services.configurations import update_configuration
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tenants.models import Domain
from tests.api_client import host_of
from tests.conftest import ACTOR
from tests.sso.saml.protocol.describing import SIGN_ON, metadata_document
from tests.sso.saml.protocol.drafts import IDP_ID
from tests.sso.saml.visitors import (
    COOKIE,
    Idp,
    Visitor,
    configure,
    events,
    instant,
    sessions,
)
from tests.sso.sign_in.signing_in import PASSWORD, sign_in
from tests.throwaway import platform

if TYPE_CHECKING:
    from sso.saml.models import SamlConfiguration
    from tenants.models import Tenant
    from tests.conftest import Person


@pytest.fixture
def okta(tenant: Tenant) -> SamlConfiguration:
    """A configuration."""
    return configure(tenant)


@pytest.fixture
def browser(tenant: Tenant, okta: SamlConfiguration) -> Visitor:
    """A browser at a tenant that has it."""
    del okta
    return Visitor(tenant)


def test_somebody_signs_on(browser: Visitor, tenant: Tenant, okta: SamlConfiguration) -> None:
    answer = browser.sign_on()
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert "no-store" in answer["Cache-Control"]
    assert "ada@example.com" in browser.get("/account/").content.decode()
    with tenant_scope(tenant):
        user = User.objects.get(username="ada@example.com")
        row = SamlSession.objects.get()
        assert (row.user, row.configuration, row.session_index) == (user, okta, "_session-1")
        assert row.session.user == user
        assert Identity.objects.get().user == user
        assert AuditEntry.objects.filter(action="access.signed_in", actor_name=user).exists()
        assert not SamlRequest.objects.exists()
    [event] = events(tenant)
    assert (event.outcome, event.user, event.subject) == (
        Outcome.SIGNED_IN,
        user,
        "ada@example.com",
    )


def test_the_next_time_they_are_the_same_user(browser: Visitor, tenant: Tenant) -> None:
    browser.sign_on()
    other = Visitor(tenant)
    other.sign_on()
    assert browser.user_id() == other.user_id()


def test_the_browser_keeps_a_secret_of_its_own_for_some_minutes(
    browser: Visitor, tenant: Tenant
) -> None:
    browser.begin()
    cookie = browser.cookies[COOKIE]
    assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "None")
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["max-age"] == 600
    with tenant_scope(tenant):
        assert cookie.value not in SamlRequest.objects.get().digest


def test_several_sign_ons_can_be_under_way_in_one_browser(browser: Visitor, tenant: Tenant) -> None:
    first, second = browser.begin(next="/account/tokens/"), browser.begin()
    assert browser.bring(Idp(tenant).response(first))["Location"] == "/account/tokens/"
    before = browser.secret()
    assert browser.bring(Idp(tenant).response(second))["Location"] == "/account/"
    assert browser.secret() != before
    with tenant_scope(tenant):
        assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/account/tokens/", "/account/tokens/"),
        ("/account/tokens/?a=b", "/account/tokens/?a=b"),
        ("https://evil.example/account/", "/account/"),
        ("//evil.example/account/", "/account/"),
        ("/\\evil.example/account/", "/account/"),
        ("javascript:alert(1)", "/account/"),
        ("/api/v1/me/", "/account/"),
        ("/logout/", "/account/"),
        ("/account/?" + "x" * 2000, "/account/"),
        ("/sso/saml/okta/acs/", "/account/"),
    ],
)
def test_they_come_back_to_the_page_that_they_wanted_and_to_no_other_host(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration, wanted: str, reached: str
) -> None:
    request_id = browser.begin(next=wanted)
    answer = browser.bring(Idp(tenant).response(request_id), RelayState="/account/sessions/")
    assert answer["Location"] == reached
    # Where the identity provider begins, only RelayState says it.
    with tenant_scope(tenant):
        update_configuration(okta, actor=ACTOR, changes={"allows_idp_initiated": True})
    other = Visitor(tenant)
    fields = {"RelayState": wanted[:1000]}
    came = other.bring(Idp(tenant).response(None), **fields)
    assert came["Location"] == (reached if len(wanted) < 1000 else wanted[:1000])


def test_the_session_ends_when_the_provider_says_so(browser: Visitor, tenant: Tenant) -> None:
    browser.sign_on(session_until=instant(600))
    with tenant_scope(tenant):
        [session] = sessions(tenant, User.objects.get(pk=browser.user_id()))
    assert session.expires_at < timezone.now() + timedelta(seconds=601)


def test_the_session_ends_by_our_own_rule_if_that_is_sooner(
    browser: Visitor, tenant: Tenant, settings: Any
) -> None:
    browser.sign_on(session_until=instant(30 * 24 * 3600))
    with tenant_scope(tenant):
        [session] = sessions(tenant, User.objects.get(pk=browser.user_id()))
    own = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE + 1)
    assert session.expires_at < own


def test_a_sign_on_gets_a_secret_that_nobody_has_seen(
    browser: Visitor, tenant: Tenant, person: Person
) -> None:
    person(tenant, "viewer", "eve", password=PASSWORD)
    sign_in(browser, "eve")
    planted, eve = browser.secret(), browser.user_id()
    browser.post("/logout/")
    browser.get("/login/")
    browser.sign_on()
    assert browser.secret() != planted
    assert browser.user_id() not in {eve, None}


def test_whoever_has_signed_in_goes_on(browser: Visitor) -> None:
    browser.sign_on()
    answer = browser.get("/sso/saml/okta/login/", {"next": "/account/tokens/"})
    assert answer["Location"] == "/account/tokens/"


def test_the_request_is_posted_where_the_configuration_prefers_it(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    at = IDP_ID.rpartition("/")[0]
    sign_on = "".join(SIGN_ON.format(each, f"{at}/{each[-4:]}") for each in (REDIRECT, POST))
    document = metadata_document(sign_on=sign_on).decode()
    with tenant_scope(tenant):
        changes = {"prefers_post": True, "metadata_xml": document}
        update_configuration(okta, actor=ACTOR, changes=changes)
    answer = browser.get("/sso/saml/okta/login/")
    assert answer.status_code == 200
    assert "form-action https:" in answer["Content-Security-Policy"]
    [form] = html.fromstring(answer.content).forms
    assert form.action == f"{at}/POST"
    assert form.fields["SAMLRequest"]
    assert "<script>" not in answer.content.decode()


def test_the_login_page_has_a_button_for_each_provider(
    browser: Visitor, tenant: Tenant, person: Person
) -> None:
    configure(tenant, "entra")
    configure(tenant, "off", is_enabled=False)
    page = browser.get("/login/", {"next": "/account/tokens/"}).content.decode()
    links = [link.get("href") for link in html.fromstring(page).cssselect(".providers a")]
    assert links == [
        f"/sso/saml/{slug}/login/?next=%2Faccount%2Ftokens%2F" for slug in ("entra", "okta")
    ]
    person(tenant, "viewer", "vic", password=PASSWORD)
    wrong = sign_in(Visitor(tenant), "vic", "wrong-password-here")
    nobody = sign_in(Visitor(tenant), "nobody", "wrong-password-here")
    for answer in (wrong, nobody):
        found = html.fromstring(answer.content).cssselect(".providers a")
        assert [link.text for link in found] == ["Sign in with Entra", "Sign in with Okta"]


def test_the_login_page_of_a_tenant_without_providers_has_none(tenant: Tenant) -> None:
    assert "providers" not in Visitor(tenant).get("/login/").content.decode()


def test_a_name_that_changes_each_time_is_no_identity(browser: Visitor, tenant: Tenant) -> None:
    name_id = f'<saml:NameID Format="{NAME_ID_TRANSIENT}">_4711</saml:NameID>'
    assert browser.sign_on(name_id=name_id).status_code == 403
    assert events(tenant)[-1].code == "subject-not-lasting"


def test_the_same_name_in_another_format_is_somebody_else(browser: Visitor, tenant: Tenant) -> None:
    browser.sign_on()
    other = Visitor(tenant)
    answer = other.sign_on(name_id="<saml:NameID>ada@example.com</saml:NameID>")
    assert answer.status_code == 403
    assert events(tenant)[-1].code == "username-taken"


def test_at_another_of_the_tenants_hosts_it_begins_at_its_own(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    """The answer comes to the tenant's own host, and so must the cookie."""
    del okta
    primary = Domain.objects.get(domain=host_of(tenant))
    with tenant_scope(platform()):
        Domain.objects.create(
            domain="infra.customer.example", tenant=tenant, verified_at=primary.verified_at
        )
    answer = browser.get(
        "/sso/saml/okta/login/", {"next": "/account/"}, HTTP_HOST="infra.customer.example"
    )
    own = f"http://{host_of(tenant)}/sso/saml/okta/login/?next=%2Faccount%2F"
    assert (answer.status_code, answer["Location"]) == (302, own)
    assert COOKIE not in browser.cookies
    with tenant_scope(tenant):
        assert not SamlRequest.objects.exists()


@pytest.mark.parametrize(
    ("preset", "email"), [("okta", "ada@example.com"), ("auth0", ""), ("generic", "")]
)
def test_without_a_mapping_the_products_names_count(
    tenant: Tenant, preset: str, email: str
) -> None:
    configure(tenant, preset=preset)
    Visitor(tenant).sign_on()
    with tenant_scope(tenant):
        user = User.objects.get(username="ada@example.com")
        assert (user.email, bool(user.role_keys)) == (email, False)


def test_the_account_says_which_provider_opened_a_session(browser: Visitor, person: Person) -> None:
    browser.sign_on()
    assert "ago) by Okta" in browser.get("/account/sessions/").content.decode()
    person(browser.tenant, "viewer", "vic", password=PASSWORD)
    other = Visitor(browser.tenant)
    sign_in(other, "vic")
    page = other.get("/account/sessions/").content.decode()
    assert "ago)" in page
    assert "Okta" not in page
