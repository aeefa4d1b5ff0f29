"""Ending sessions together: LogoutRequest and LogoutResponse, both ways (SAML profiles, 4.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sso.federation.errors import quoted
from sso.saml.protocol import (
    assertions,
    bindings,
    documents,
    messages,
    signatures,
    structure,
    subjects,
    times,
)
from sso.saml.protocol.names import (
    POST,
    REDIRECT,
    RESPONDER,
    SOAP_BINDING,
    SUCCESS,
    samlp,
)
from sso.saml.protocol.parties import endpoint_for
from sso.saml.protocol.responses import OneTimeUse, use_once
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element as Element

    from sso.saml.protocol.bindings import Incoming, Outgoing
    from sso.saml.protocol.parties import Endpoint, IdentityProvider, ServiceProvider
    from sso.saml.protocol.subjects import NameId


@dataclass(frozen=True, slots=True)
class Logout:
    """Which sessions an identity provider ends.

    Attributes:
        name_id: whose.
        session_indexes: which of them; empty for all.
        request_id: what the answer refers to.
        relay_state: what the answer brings back.
        issued_at: when the identity provider said so, by its own clock.
    """

    name_id: NameId
    session_indexes: frozenset[str]
    request_id: str
    relay_state: str
    issued_at: datetime

    def about(self, name_id: NameId) -> Logout:
        """The same about another name."""
        return replace(self, name_id=name_id)

    def ends(self, session: Session) -> bool:
        """Whether it is a session of the same person, and one of those named, if any are.

        What either side left unsaid keeps no session open: to end too much is the lesser harm.
        """
        if not self.name_id.may_be(session.name_id):
            return False
        return not self.session_indexes or session.session_index in {"", *self.session_indexes}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request in SOAP.

    Attributes:
        url: where it is posted.
        message_id: the ID that the answer must refer to.
        body: what is posted.
    """

    url: str
    message_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it was begun by a sign-on."""

    name_id: NameId
    session_index: str


def logout_request(
    sp: ServiceProvider,
    idp: IdentityProvider,
    session: Session,
    *,
    now: datetime,
    relay_state: str = "",
) -> Outgoing:
    """Tell the identity provider that a session ended here, through the browser.

    Raises:
        SamlError: when it takes no such messages.
    """
    endpoint = endpoint_for(idp.logout, REDIRECT, POST)
    request = _request(sp, endpoint, session, now)
    return bindings.send(request, endpoint, relay_state, sp.signing)


def logout_request_envelope(
    sp: ServiceProvider, idp: IdentityProvider, session: Session, *, now: datetime
) -> Envelope:
    """The same from server to server.

    Raises:
        SamlError: when it takes no such messages.
    """
    endpoint = endpoint_for(idp.logout, SOAP_BINDING)
    request = _request(sp, endpoint, session, now)
    body = bindings.in_envelope(signatures.signed(request, sp.signing))
    return Envelope(endpoint.location, request.get("ID", ""), body)


def logout_response(
    sp: ServiceProvider,
    idp: IdentityProvider,
    logout: Logout,
    *,
    now: datetime,
    success: bool = True,
) -> Outgoing:
    """Answer a LogoutRequest through the browser."""
    endpoint = endpoint_for(idp.logout, REDIRECT, POST)
    url = endpoint.response_location or endpoint.location
    response = _response(sp, url, logout.request_id, now, success=success)
    return bindings.send(response, endpoint, logout.relay_state, sp.signing)


def logout_response_envelope(
    sp: ServiceProvider, logout: Logout, *, now: datetime, success: bool = True
) -> bytes:
    """Answer a LogoutRequest that came by SOAP."""
    response = _response(sp, None, logout.request_id, now, success=success)
    return bindings.in_envelope(signatures.signed(response, sp.signing))


def read_logout_request(
    incoming: Incoming,
    sp: ServiceProvider,
    idp: IdentityProvider,
    *,
    now: datetime,
    store: OneTimeUse,
) -> Logout:
    """Read a LogoutRequest; what ends is for ``Logout.ends`` to say.

    Args:
        incoming: from ``bindings.from_query``, ``from_form`` or ``from_envelope``.
        sp: this service provider, with what it decrypts with.
        idp: the only one who may have signed it.
        now: the time.
        store: takes the request's ID, so that it is used once.

    Raises:
        SamlError: when it is unsigned, not for here, too old, used before, or breaks another rule.
    """
    request = _verified(incoming, samlp("LogoutRequest"), idp)
    _check_header(request, sp, idp, now)
    end = times.optional_instant(request.get("NotOnOrAfter"), Rule.EXPIRED, "NotOnOrAfter")
    times.check_window(None, end, now, "The request")
    logout = Logout(
        subjects.name_id_of(request, sp.decryption),
        frozenset(
            documents.text_of(each, Rule.SUBJECT) for each in request.findall(samlp("SessionIndex"))
        ),
        request.get("ID", ""),
        incoming.relay_state,
        messages.issued_at(request),
    )
    until = now + messages.MAX_AGE + 2 * times.CLOCK_SKEW
    use_once(store, idp.entity_id, logout.request_id, until=until)
    return logout


def read_logout_response(
    incoming: Incoming,
    sp: ServiceProvider,
    idp: IdentityProvider,
    *,
    request_id: str,
    now: datetime,
    by_browser: bool = True,
) -> None:
    """Refuse a LogoutResponse that does not say, signed, that our request succeeded.

    Args:
        incoming: see ``read_logout_request``.
        sp: this service provider.
        idp: the only one who may have signed it.
        request_id: the ID of our request.
        now: the time.
        by_browser: whether a browser brought it; else it answers a post of ours, and need not
            name where it goes to.
    """
    response = _verified(incoming, samlp("LogoutResponse"), idp)
    _check_header(response, sp, idp, now, addressed=by_browser)
    if response.get("InResponseTo") != request_id:
        answered = quoted(response.get("InResponseTo"))
        raise SamlError(
            Rule.IN_RESPONSE_TO, f"The answer is to {answered}, not to {quoted(request_id)}."
        )
    messages.check_status(response)


def _verified(incoming: Incoming, tag: str, idp: IdentityProvider) -> Element:
    """The message as it was signed: by the query that carried it, or by itself."""
    structure.check_message(incoming.root, tag)
    if signatures.is_signed(incoming.root):
        return signatures.verified(incoming.root, idp.certificates)
    if not incoming.query_signed:
        raise SamlError(Rule.UNSIGNED, "The message is not signed.")
    return incoming.root


def _check_header(
    message: Element,
    sp: ServiceProvider,
    idp: IdentityProvider,
    now: datetime,
    *,
    addressed: bool = True,
) -> None:
    assertions.check_issuer(message, idp)
    messages.check_destination(message, sp.slo_url, required=addressed)
    messages.check_issued(message, now)
    if not message.get("ID"):
        raise SamlError(Rule.STRUCTURE, "The message has no ID.")


def _request(sp: ServiceProvider, endpoint: Endpoint, session: Session, now: datetime) -> Element:
    samlp_classes = messages.pysaml2("samlp")
    name_id = messages.pysaml2("saml").NameID(
        text=session.name_id.value,
        format=session.name_id.format,
        name_qualifier=session.name_id.name_qualifier or None,
        sp_name_qualifier=session.name_id.sp_name_qualifier or None,
    )
    index = samlp_classes.SessionIndex(text=session.session_index)
    return messages.element_of(
        samlp_classes.LogoutRequest(
            **messages.header(sp, endpoint.location, now),
            not_on_or_after=times.written(now + messages.MAX_AGE),
            name_id=name_id,
            session_index=[index] if session.session_index else [],
        )
    )


def _response(
    sp: ServiceProvider, url: str | None, request_id: str, now: datetime, *, success: bool
) -> Element:
    samlp_classes = messages.pysaml2("samlp")
    code = samlp_classes.StatusCode(value=SUCCESS if success else RESPONDER)
    return messages.element_of(
        samlp_classes.LogoutResponse(
            **messages.header(sp, url, now),
            in_response_to=request_id,
            status=samlp_classes.Status(status_code=code),
        )
    )
