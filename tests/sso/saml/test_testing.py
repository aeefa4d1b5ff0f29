"""Testing a configuration: every rule is asked, and nothing is changed."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from rbac.models import RoleGrant, User
from rbac.services.roles import create_role, update_role
from rbac.services.users import create_user, update_user
from sso.login_events.models import LoginEvent, Outcome
from sso.provisioning.models import Identity
from sso.provisioning.services.mappings import create_mapping
from sso.saml.models import SamlConfiguration, SamlRequest, SamlSession
from sso.saml.protocol.names import POST, REDIRECT
from sso.saml.services.configurations import delete_configuration, update_configuration
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, address_of
from tests.conftest import ACTOR
from tests.sso.saml.protocol import drafts
from tests.sso.saml.protocol.describing import SIGN_ON, metadata_document
from tests.sso.saml.protocol.drafts import IDP_ID, signer
from tests.sso.saml.visitors import Idp, Visitor, configure, events, request_id_in
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Rivals

_GROUPS = (
    '<saml:Attribute Name="groups"><saml:AttributeValue>Engineers</saml:AttributeValue>'
    "<saml:AttributeValue>Guests</saml:AttributeValue></saml:Attribute>"
)


class AdminsBrowser(Visitor):
    """An admin's browser."""

    def __init__(self, tenant: Tenant, user: User) -> None:
        super().__init__(tenant)
        self.cookies.update(AdminClient(tenant, user).cookies)

    def begin_test(self, configuration: SamlConfiguration) -> str:
        """Press the button; the ID of the request that the browser takes along."""
        page = self.post(address_of(configuration, "test"))
        assert page.status_code == 200, page
        found = re.search(r'href="(https://[^"]+)"', page.content.decode())
        assert found is not None
        return request_id_in(html.unescape(found[1]))

    def tested(self, answer: Any, code: str = "") -> LoginEvent:
        """It was a test, whose outcome the admin was led to; nobody else has signed in."""
        event = events(self.tenant)[-1]
        assert answer["Location"] == address_of(event), answer
        assert (event.outcome, event.code, event.user) == (Outcome.TESTED, code, None)
        assert self.get(answer["Location"]).status_code == 200
        return event


def _state(tenant: Tenant) -> dict[str, list[Any]]:
    """All that a sign-on could leave behind."""
    models: tuple[Any, ...] = (User, Identity, RoleGrant, Session, SamlSession)
    with tenant_scope(tenant):
        return {model.__name__: sorted(model.objects.values_list("pk")) for model in models}


@pytest.fixture
def okta(tenant: Tenant) -> SamlConfiguration:
    """A configuration that nobody can sign on by yet."""
    return configure(tenant, is_enabled=False)


@pytest.fixture
def root(tenant: Tenant) -> User:
    """An admin."""
    with tenant_scope(tenant):
        return create_user(username="root", roles=["admin"], actor=ACTOR)


@pytest.fixture
def tester(tenant: Tenant, root: User) -> AdminsBrowser:
    """Their browser."""
    return AdminsBrowser(tenant, root)


def test_a_test_shows_what_a_sign_on_would_do_and_does_none_of_it(
    tenant: Tenant, okta: SamlConfiguration, tester: AdminsBrowser, root: User
) -> None:
    with tenant_scope(tenant):
        create_mapping(
            provider_kind="saml",
            provider_id=okta.pk,
            actor=root,
            groups_attribute="groups",
            role_sync="exact",
            group_roles=[{"group": "Engineers", "role": "viewer"}],
        )
    response = Idp(tenant).response(tester.begin_test(okta), values=_GROUPS)
    before = _state(tenant)
    event = tester.tested(tester.bring(response))
    assert _state(tenant) == before
    assert tester.user_id() == str(root.pk)
    assert event.report == {
        "subject": "ada@example.com",
        "username": "ada@example.com",
        "email": "",
        "full_name": "",
        "groups": ["Engineers", "Guests"],
        "groups_that_give_nothing": ["Guests"],
        "attributes_sent": ["groups"],
        "user": "would be created",
        "gives": ["role viewer"],
        "takes": [],
        "withheld": [],
    }
    assert "Engineers" in event.document
    assert "role viewer" in tester.get(address_of(event)).content.decode()
    # The same response is spent, and no other signs anybody in while it is switched off.
    assert Visitor(tenant).bring(response).status_code == 404
    assert tester.bring(response).status_code == 404
    with tenant_scope(tenant):
        update_configuration(okta, actor=ACTOR, changes={"is_enabled": True})
    person = Visitor(tenant)
    assert person.sign_on(values=_GROUPS).status_code == 302
    assert person.user_id() is not None


def test_what_would_be_withheld_or_refused_is_told(
    tenant: Tenant, okta: SamlConfiguration, tester: AdminsBrowser
) -> None:
    with tenant_scope(tenant):
        author = create_user(username="author", roles=["admin"], actor=ACTOR)
        create_mapping(
            provider_kind="saml",
            provider_id=okta.pk,
            actor=author,
            groups_attribute="groups",
            role_sync="add",
            group_roles=[{"group": "Engineers", "role": "admin"}],
        )
        update_user(author, actor=ACTOR, changes={"is_active": False})
    request_id = tester.begin_test(okta)
    event = tester.tested(tester.bring(Idp(tenant).response(request_id, values=_GROUPS)))
    assert event.report is not None
    assert event.report["gives"] == []
    assert event.report["withheld"][0].startswith("role admin: ")
    with tenant_scope(tenant):
        create_user(username="ada@example.com", actor=ACTOR)
    before = _state(tenant)
    answer = tester.bring(Idp(tenant).response(tester.begin_test(okta)))
    event = tester.tested(answer, "username-taken")
    assert "ada@example.com" in event.reason
    assert _state(tenant) == before


def test_the_admin_reads_which_rule_was_broken(
    tenant: Tenant, okta: SamlConfiguration, tester: AdminsBrowser
) -> None:
    draft = Idp(tenant).draft(tester.begin_test(okta))
    answer = tester.bring(drafts.response(draft, by=signer("attacker")))
    event = tester.tested(answer, "signature-invalid")
    assert event.reason in html.unescape(tester.get(answer["Location"]).content.decode())
    late = Idp(tenant).response(tester.begin_test(okta), recipient="https://elsewhere.example/")
    tester.tested(tester.bring(late), "wrong-recipient")


def test_the_answer_to_a_sign_on_is_no_test_and_that_to_a_test_no_sign_on(
    tenant: Tenant, okta: SamlConfiguration, tester: AdminsBrowser, root: User
) -> None:
    with tenant_scope(tenant):
        update_configuration(okta, actor=ACTOR, changes={"is_enabled": True})
    asked_for_test = tester.begin_test(okta)
    # The same browser, signed out for a sign-on beside the test: each answer is what was asked.
    session = tester.cookies.pop(settings.SESSION_COOKIE_NAME)
    asked_for_sign_on = tester.begin()
    tester.cookies[settings.SESSION_COOKIE_NAME] = session.value
    before = _state(tenant)
    assert tester.bring(Idp(tenant).response(asked_for_test)).status_code == 302
    assert (_state(tenant), tester.user_id()) == (before, str(root.pk))
    del tester.cookies[settings.SESSION_COOKIE_NAME]
    assert tester.bring(Idp(tenant).response(asked_for_sign_on)).status_code == 302
    assert tester.user_id() not in {None, str(root.pk)}
    assert [event.outcome for event in events(tenant)] == [Outcome.TESTED, Outcome.SIGNED_IN]


def test_a_test_is_answered_in_the_browser_that_began_it(
    tenant: Tenant, okta: SamlConfiguration, tester: AdminsBrowser, root: User
) -> None:
    response = Idp(tenant).response(tester.begin_test(okta))
    with tenant_scope(tenant):
        other = create_user(username="other", roles=["admin"], actor=ACTOR)
    someone_else, same_person = AdminsBrowser(tenant, other), AdminsBrowser(tenant, root)
    someone_else.begin_test(okta)
    before = _state(tenant)
    for stranger in (Visitor(tenant), someone_else, same_person):
        assert stranger.bring(response).status_code == 404
    assert _state(tenant) == before
    tester.tested(tester.bring(response))


@pytest.mark.parametrize("ending", ["signed out", "deactivated", "no admin any more"])
def test_a_test_ends_with_its_admins_session_and_rights(
    tenant: Tenant, okta: SamlConfiguration, tester: AdminsBrowser, root: User, ending: str
) -> None:
    response = Idp(tenant).response(tester.begin_test(okta))
    with tenant_scope(tenant):
        create_user(username="other", roles=["admin"], actor=ACTOR)
        if ending == "signed out":
            Session.objects.all().delete()
        elif ending == "deactivated":
            User.objects.filter(pk=root.pk).update(is_active=False)
        else:
            RoleGrant.objects.filter(user=root).delete()
    before = _state(tenant)
    assert tester.bring(response).status_code == 302
    event = events(tenant)[-1]
    assert (event.outcome, event.subject, event.report) == (Outcome.TESTED, "", {})
    assert event.code in {"unsolicited-response", "permission-denied"}
    assert _state(tenant) == before


@pytest.mark.parametrize("role", ["viewer", "enterprise-architect"])
def test_only_whoever_may_change_a_configuration_tests_it(
    tenant: Tenant, okta: SamlConfiguration, tester: AdminsBrowser, role: str
) -> None:
    with tenant_scope(tenant):
        user = create_user(username="reader", roles=[role], actor=ACTOR)
    assert AdminsBrowser(tenant, user).post(address_of(okta, "test")).status_code in {302, 403, 404}
    with tenant_scope(tenant):
        assert not SamlRequest.objects.exists()
    tester.begin_test(okta)
    with tenant_scope(tenant):
        assert SamlRequest.objects.get().tested_in is not None


def test_whoever_may_not_read_the_login_log_tests_nothing(
    tenant: Tenant, okta: SamlConfiguration
) -> None:
    """The outcome stands there: with a test, one would read of people what the log hides."""
    may = ("admin_site.use", "saml_configuration.view", "saml_configuration.update")
    with tenant_scope(tenant):
        role = create_role(name="Keeper", permissions=dict.fromkeys(may, "tenant"), actor=ACTOR)
        keeper = create_user(username="keeper", roles=[role.key], actor=ACTOR)
    browser = AdminsBrowser(tenant, keeper)
    assert browser.post(address_of(okta, "test")).status_code == 302
    with tenant_scope(tenant):
        assert not SamlRequest.objects.exists()
        wider = {"permissions": dict.fromkeys((*may, "login_event.view"), "tenant")}
        update_role(role, actor=ACTOR, changes=wider)
    browser.begin_test(okta)


@an_attacker_in_each_tier
def test_another_tenants_admin_tests_nothing_here(rivals: Rivals) -> None:
    mine = configure(rivals.victim)
    with tenant_scope(rivals.attacker):
        attacker = create_user(username="root", roles=["admin"], actor=ACTOR)
    theirs = AdminsBrowser(rivals.attacker, attacker)
    assert theirs.post(address_of(mine, "test")).status_code in {302, 404}
    with tenant_scope(rivals.victim):
        assert not SamlRequest.objects.exists()


def test_a_test_asks_first_and_needs_metadata(tenant: Tenant, tester: AdminsBrowser) -> None:
    bare = configure(tenant, "bare", metadata_xml="")
    assert tester.post(address_of(bare, "test")).status_code == 302
    assert "does not apply" in tester.get(address_of(bare)).content.decode()
    okta = configure(tenant)
    assert "Nobody is signed in here" in tester.get(address_of(okta, "test")).content.decode()
    with tenant_scope(tenant):
        assert not SamlRequest.objects.exists()


def test_what_was_deleted_meanwhile_is_not_tested(
    tenant: Tenant, okta: SamlConfiguration, tester: AdminsBrowser
) -> None:
    response = Idp(tenant).response(tester.begin_test(okta))
    with tenant_scope(tenant):
        delete_configuration(okta, actor=ACTOR)
    assert tester.bring(response).status_code == 404


def test_the_request_of_a_test_is_posted_where_that_is_preferred(
    tenant: Tenant, tester: AdminsBrowser
) -> None:
    at = IDP_ID.rpartition("/")[0]
    sign_on = "".join(SIGN_ON.format(each, f"{at}/{each[-4:]}") for each in (REDIRECT, POST))
    document = metadata_document(sign_on=sign_on).decode()
    okta = configure(tenant, prefers_post=True, metadata_xml=document)
    answer = tester.post(address_of(okta, "test"))
    assert "form-action https:" in answer["Content-Security-Policy"]
    assert 'name="SAMLRequest"' in answer.content.decode()
