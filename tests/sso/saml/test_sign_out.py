"""Signing out here of a session that an identity provider opened, and there with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import OperationalError
from lxml import html

from sso.login_events.models import Outcome
from sso.saml.models import SamlRequest, SamlSession
from sso.saml.protocol import bindings, names
from sso.saml.services.configurations import update_configuration
from sso.saml.sign_ons import back_channel
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.api_client import host_of
from tests.conftest import ACTOR
from tests.https_server import answer_of
from tests.sso.saml import published
from tests.sso.saml.protocol import drafts, signing
from tests.sso.saml.protocol.describing import LOGOUT, metadata_document
from tests.sso.saml.protocol.drafts import OTHER_IDP_ID, posted, signer
from tests.sso.saml.protocol.logout_messages import REQUEST, RESPONSE, message
from tests.sso.saml.visitors import Idp, Visitor, configure, events, instant
from tests.sso.sign_in.signing_in import PASSWORD, sign_in

if TYPE_CHECKING:
    import ssl

    from sso.saml.models import SamlConfiguration
    from tenants.models import Tenant
    from tests.conftest import Person

SLO = "/sso/saml/okta/slo/"


@pytest.fixture
def okta(tenant: Tenant) -> SamlConfiguration:
    """A configuration."""
    return configure(tenant)


@pytest.fixture
def ada(tenant: Tenant, okta: SamlConfiguration) -> Visitor:
    """The browser of somebody who has signed on by it."""
    del okta
    visitor = Visitor(tenant)
    assert visitor.sign_on().status_code == 302
    return visitor


def leave(visitor: Visitor) -> str:
    """Sign out; the ID of the request that the browser takes along."""
    answer = visitor.post("/logout/")
    assert answer.status_code == 200, answer
    with tenant_scope(visitor.tenant):
        request: SamlRequest = SamlRequest.objects.latest("created_at")
    return request.request_id


def link_in(answer: Any) -> str:
    """Where the page leads that answers a sign-out."""
    [link] = html.fromstring(answer.content).cssselect(".card a")
    return str(link.get("href"))


def answered(tenant: Tenant, request_id: str, **changes: Any) -> dict[str, str]:
    """The signed form by which the identity provider answers."""
    by = changes.pop("by", signer())
    own: dict[str, Any] = {
        "template": RESPONSE,
        "ID": f"_{uuid4().hex}",
        "IssueInstant": instant(0),
        "Destination": f"http://{host_of(tenant)}{SLO}",
        "InResponseTo": request_id,
    }
    response = message(**{**own, **changes})
    signing.sign(response, by.key, by.certificate)
    return {"SAMLResponse": posted(response)}


def seen(visitor: Visitor) -> str:
    """What the login page says."""
    return visitor.get("/login/").content.decode()


def test_the_session_ends_here_first_and_then_there(
    ada: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    before = ada.secret()
    answer = ada.post("/logout/")
    assert ada.secret() != before
    assert ada.user_id() is None
    with tenant_scope(tenant):
        assert not Session.objects.filter(user__isnull=False).exists()
        assert not SamlSession.objects.exists()
        ours = [key.certificate_pem for key in okta.keys.all()]
    url = link_in(answer)
    assert url.startswith("https://idp.example.com/slo?")
    asked = bindings.from_query(urlsplit(url).query, "SAMLRequest", ours).root
    assert next(asked.iter(names.saml("NameID"))).text == "ada@example.com"
    assert next(asked.iter(names.samlp("SessionIndex"))).text == "_session-1"
    came = ada.post(SLO, answered(tenant, asked.get("ID") or ""))
    assert (came.status_code, came["Location"]) == (302, "/login/")
    assert "You have signed out, here and at Okta." in seen(ada)


def test_the_page_leads_on_without_a_redirect(ada: Visitor) -> None:
    """Browsers hold what answers a form to the form-action of the page that has it."""
    answer = ada.post("/logout/")
    [refresh] = html.fromstring(answer.content).cssselect("meta[http-equiv=refresh]")
    assert refresh.get("content") == f"0; url={link_in(answer)}"


def test_where_it_takes_forms_alone_a_form_leads_on(
    ada: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    logout = LOGOUT.format(names.POST, "https://idp.example.com/slo/post", "https://x.test/a")
    with tenant_scope(tenant):
        changes = {"metadata_xml": metadata_document(logout=logout).decode()}
        update_configuration(okta, actor=ACTOR, changes=changes)
    answer = ada.post("/logout/")
    [form] = html.fromstring(answer.content).forms
    assert form.action == "https://idp.example.com/slo/post"
    assert form.fields["SAMLRequest"]
    assert "form-action https:" in answer["Content-Security-Policy"]


def test_what_the_browser_had_begun_before_ends_with_the_sign_out(
    tenant: Tenant, okta: SamlConfiguration
) -> None:
    """On a computer that others use too, a response may be held back in another tab."""
    del okta
    visitor = Visitor(tenant)
    held = Idp(tenant).response(visitor.begin())
    assert visitor.sign_on().status_code == 302
    leave(visitor)
    assert visitor.bring(held).status_code == 403
    assert visitor.user_id() is None
    assert visitor.sign_on().status_code == 302


def test_if_it_never_answers_they_are_signed_out_here_anyway(ada: Visitor) -> None:
    leave(ada)
    assert ada.get("/account/").status_code == 302
    assert ada.sign_on().status_code == 302


def test_where_it_says_that_it_failed_they_read_so(ada: Visitor, tenant: Tenant) -> None:
    failed = drafts.SUCCESS.replace("Success", "Responder")
    came = ada.post(SLO, answered(tenant, leave(ada), status=failed))
    assert came["Location"] == "/login/"
    assert "You may still be signed in at Okta." in seen(ada)


def takes(tenant: Tenant, okta: SamlConfiguration, *bindings_at: tuple[str, str]) -> None:
    """Have the identity provider publish these endpoints for logouts."""
    logout = "".join(LOGOUT.format(binding, url, url) for binding, url in bindings_at)
    with tenant_scope(tenant):
        changes = {"metadata_xml": metadata_document(logout=logout).decode()}
        update_configuration(okta, actor=ACTOR, changes=changes)


def test_where_it_has_no_logout_they_read_so(ada: Visitor, okta: SamlConfiguration) -> None:
    takes(ada.tenant, okta)
    assert ada.post("/logout/")["Location"] == "/login/"
    assert "You may still be signed in at Okta." in seen(ada)
    assert ada.user_id() is None


class SoapEndpoint:
    """The identity provider's endpoint for logouts from server to server.

    Attributes:
        by: whose signature its answers have.
        changes: how they differ from those that are right.
    """

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.by, self.changes = signer(), dict[str, Any]()

    def answer(self, browser: ssl.SSLSocket) -> None:
        """Answer the request that has just come; its head and its body may come apart."""
        head, _, body = published.server().asked[-1].partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += browser.recv(65536)
        self.asked.append(bindings.from_envelope(body).root)
        given: dict[str, Any] = {"IssueInstant": instant(0), "Destination": None}
        given |= {"ID": f"_{uuid4().hex}", "InResponseTo": self.asked[-1].get("ID")}
        response = message(template=RESPONSE, **given | self.changes)
        if self.by is not None:
            signing.sign(response, self.by.key, self.by.certificate)
        browser.sendall(answer_of(bindings.in_envelope(response)))


@pytest.fixture
def soap(tenant: Tenant, okta: SamlConfiguration, monkeypatch: pytest.MonkeyPatch) -> SoapEndpoint:
    """All that the identity provider takes logouts by."""
    endpoint = SoapEndpoint()
    monkeypatch.setattr(published.server(), "answer", endpoint.answer)
    takes(tenant, okta, (names.SOAP_BINDING, published.address()))
    return endpoint


def test_where_it_takes_no_browsers_it_is_told_by_soap(ada: Visitor, soap: SoapEndpoint) -> None:
    assert ada.post("/logout/")["Location"] == "/login/"
    assert "You have signed out, here and at Okta." in seen(ada)
    assert ada.user_id() is None
    [asked] = soap.asked
    assert next(asked.iter(names.saml("NameID"))).text == "ada@example.com"
    assert next(asked.iter(names.samlp("SessionIndex"))).text == "_session-1"
    assert published.server().asked[-1].startswith(b"POST /metadata HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("by", "changes"),
    [
        (signer(), {"status": drafts.SUCCESS.replace("Success", "Responder")}),
        (signer(), {"InResponseTo": "_other"}),
        (signer(), {"issuer": OTHER_IDP_ID}),
        (signer(), {"Destination": "https://elsewhere.example.com/slo/"}),
        (signer("other"), {}),
        (None, {}),
    ],
    ids=["failed", "another-request", "issuer", "destination", "another-key", "unsigned"],
)
def test_what_it_does_not_sign_to_have_ended_may_go_on(
    ada: Visitor, soap: SoapEndpoint, by: Any, changes: dict[str, Any]
) -> None:
    soap.by, soap.changes = by, changes
    ada.post("/logout/")
    assert len(soap.asked) == 1
    assert "You may still be signed in at Okta." in seen(ada)
    assert ada.user_id() is None


def test_where_soap_is_not_answered_they_are_signed_out_here(
    ada: Visitor, soap: SoapEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published.server(), "answer", lambda browser: browser.close())
    ada.post("/logout/")
    assert not soap.asked
    assert "You may still be signed in at Okta." in seen(ada)
    assert ada.user_id() is None


def test_only_some_wait_for_answers_by_soap_at_a_time(ada: Visitor, soap: SoapEndpoint) -> None:
    with back_channel.LOGOUTS.taken(ada.tenant.pk):
        ada.post("/logout/")
    assert not soap.asked
    assert "You may still be signed in at Okta." in seen(ada)


def test_with_the_store_down_they_are_signed_out_here(ada: Visitor) -> None:
    with patch.object(SamlRequest, "save", side_effect=OperationalError):
        assert ada.post("/logout/")["Location"] == "/login/"
    assert ada.user_id() is None
    assert "You may still be signed in at Okta." in seen(ada)


def test_a_session_by_password_ends_here_alone(ada: Visitor, person: Person) -> None:
    person(ada.tenant, "viewer", "vic", password=PASSWORD)
    vic = Visitor(ada.tenant)
    sign_in(vic, "vic")
    assert vic.post("/logout/")["Location"] == "/login/"
    assert "You have signed out." in seen(vic)
    assert Visitor(ada.tenant).post("/logout/")["Location"] == "/login/"
    assert ada.user_id()


def test_following_a_link_signs_nobody_out(ada: Visitor) -> None:
    assert ada.get("/logout/").status_code == 200
    assert ada.user_id()


def refused(visitor: Visitor, fields: dict[str, str], code: str) -> None:
    """An answer is refused, and nobody reads that the identity provider has ended anything."""
    answer = visitor.post(SLO, fields)
    assert answer.status_code == 403
    event = events(visitor.tenant)[-1]
    assert (event.outcome, event.code) == (Outcome.REFUSED, code)
    assert "You have signed out" not in seen(visitor)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"by": signer("attacker")}, "signature-invalid"),
        ({"issuer": OTHER_IDP_ID}, "wrong-issuer"),
        ({"Destination": drafts.SLO}, "wrong-destination"),
        ({"IssueInstant": "2020-01-01T00:00:00Z"}, "wrong-issue-instant"),
        ({"InResponseTo": "_another"}, "unsolicited-response"),
        ({"InResponseTo": None}, "unsolicited-response"),
    ],
)
def test_a_forged_foreign_or_stale_answer_is_refused(
    ada: Visitor, tenant: Tenant, change: dict[str, Any], code: str
) -> None:
    refused(ada, answered(tenant, leave(ada), **change), code)


def test_an_unsigned_answer_is_refused(ada: Visitor, tenant: Tenant) -> None:
    unsigned = message(
        template=RESPONSE,
        IssueInstant=instant(0),
        Destination=f"http://{host_of(tenant)}{SLO}",
        InResponseTo=leave(ada),
    )
    refused(ada, {"SAMLResponse": posted(unsigned)}, "not-signed")


def test_an_answer_is_taken_once_and_from_the_browser_that_asked(
    ada: Visitor, tenant: Tenant
) -> None:
    fields = answered(tenant, leave(ada))
    stranger = Visitor(tenant)
    refused(stranger, fields, "unsolicited-response")
    stranger.begin()
    refused(stranger, fields, "unsolicited-response")
    assert ada.post(SLO, fields).status_code == 302
    seen(ada)
    refused(ada, fields, "unsolicited-response")


def test_the_request_of_a_sign_on_is_answered_by_no_logout_and_the_other_way_round(
    ada: Visitor, tenant: Tenant
) -> None:
    asked = leave(ada)
    assert ada.bring(Idp(tenant).response(asked)).status_code == 403
    assert events(tenant)[-1].code == "unsolicited-response"
    begun = ada.begin()
    refused(ada, answered(tenant, begun), "unsolicited-response")
    assert ada.bring(Idp(tenant).response(begun)).status_code == 302


def test_what_names_itself_an_answer_and_is_a_request_is_a_request(
    ada: Visitor, tenant: Tenant
) -> None:
    """Its rules are those of what was signed, not of the field that carried it."""
    own = {"ID": f"_{uuid4().hex}", "NotOnOrAfter": "2020-01-01T00:00:00Z"}
    refused(ada, answered(tenant, "_any", template=REQUEST, **own), "expired")
    assert ada.user_id()
