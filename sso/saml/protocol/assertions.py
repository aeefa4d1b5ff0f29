"""The rules about an assertion that was verified (SAML profiles, section 4.1.4.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sso.federation.errors import quoted
from sso.saml.protocol import documents, subjects, times
from sso.saml.protocol.attributes import attributes_of
from sso.saml.protocol.names import BEARER, ENTITY, saml
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element as Element

    from sso.saml.protocol.parties import IdentityProvider, ServiceProvider
    from sso.saml.protocol.subjects import NameId

# Entra ID gives 70 minutes, Auth0 and ADFS an hour, Okta five minutes.
MAX_LIFETIME: Final = timedelta(hours=2)
_CONDITIONS = frozenset(map(saml, ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")))


@dataclass(frozen=True, slots=True)
class Expected:
    """What a response must answer, and what this identity provider's configuration asks for.

    Attributes:
        request_id: of the AuthnRequest that this browser was sent with; None where it was not.
        allow_unsolicited: whether sign-ons may begin at the identity provider.
        signed_response: whether the whole response must be signed.
        signed_assertion: whether the assertion itself must be signed.
        encrypted: whether the assertion must be encrypted.
        authentication_contexts: one of these must have been used; empty for any.
        authenticated_since: the person must have proven themselves since (ForceAuthn).
    """

    request_id: str | None
    allow_unsolicited: bool = False
    signed_response: bool = False
    signed_assertion: bool = False
    encrypted: bool = False
    authentication_contexts: frozenset[str] = frozenset()
    authenticated_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class VerifiedAssertion:
    """Who signed on, as an identity provider asserts it.

    Attributes:
        issued_at: when the identity provider said so, by its own clock.
        name_id: the subject; with the identity provider it is an identity.
        attributes: values by the attribute's Name, and by nothing else.
        session_index: what the identity provider calls the session.
        session_expires: when the session must end, if it says so.
        authenticated_at: when the person proved who they are.
        authentication_context: how.
        assertion_id: its ID, used once.
        expires: until when the assertion could be used again, if it were not remembered.
        in_response_to: the request that it answers; None if the identity provider began.
        signed: which elements were signed: ``response``, ``assertion``.
        encrypted: whether it came encrypted.
        document: the verified bytes that all of this was read from; it names a person.
    """

    issuer: str
    issued_at: datetime
    name_id: NameId
    attributes: Mapping[str, tuple[str, ...]]
    session_index: str
    session_expires: datetime | None
    authenticated_at: datetime
    authentication_context: str
    assertion_id: str
    expires: datetime
    in_response_to: str | None
    signed: frozenset[str]
    encrypted: bool
    document: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules compare with."""

    idp: IdentityProvider
    sp: ServiceProvider
    expected: Expected
    now: datetime


def read_assertion(
    assertion: Element, context: Context, *, signed: frozenset[str], encrypted: bool
) -> VerifiedAssertion:
    """Hold a verified assertion to every rule and read it.

    Raises:
        SamlError: for the first rule that it breaks.
    """
    check_version(assertion)
    check_issuer(assertion, context.idp)
    issued = times.instant(assertion.get("IssueInstant"), Rule.ISSUE_INSTANT, "IssueInstant")
    times.check_issued(issued, context.now, MAX_LIFETIME, "The assertion")
    subject = documents.only(assertion, saml("Subject"), Rule.SUBJECT)
    expires = _check_confirmation(subject, context)
    _check_conditions(documents.only(assertion, saml("Conditions"), Rule.CONDITIONS), context)
    statement = documents.only(assertion, saml("AuthnStatement"), Rule.AUTHENTICATION)
    return VerifiedAssertion(
        issuer=context.idp.entity_id,
        issued_at=issued,
        name_id=subjects.name_id_of(subject, context.sp.decryption),
        attributes=attributes_of(assertion),
        session_index=statement.get("SessionIndex", ""),
        session_expires=_session_end(statement, context.now),
        authenticated_at=_authenticated_at(statement, context),
        authentication_context=_authentication_context(statement, context.expected),
        assertion_id=_id_of(assertion),
        expires=expires,
        in_response_to=context.expected.request_id,
        signed=signed,
        encrypted=encrypted,
        document=documents.canonical(assertion),
    )


def _id_of(assertion: Element) -> str:
    """Its ID, without which it could not be used just once."""
    identifier = assertion.get("ID")
    if not identifier:
        raise SamlError(Rule.STRUCTURE, "The assertion has no ID.")
    return identifier


def check_version(element: Element) -> None:
    """Only SAML 2.0 is spoken."""
    if element.get("Version") != "2.0":
        raise SamlError(Rule.VERSION, f"The version is {quoted(element.get('Version'))}, not 2.0.")


def check_issuer(element: Element, idp: IdentityProvider) -> None:
    """The issuer must be there, and be the identity provider that was asked."""
    issuer = documents.only(element, saml("Issuer"), Rule.ISSUER)
    if issuer.get("Format", ENTITY) != ENTITY:
        raise SamlError(Rule.ISSUER, f"The issuer has the format {quoted(issuer.get('Format'))}.")
    name = documents.uri_of(issuer, Rule.ISSUER)
    if name != idp.entity_id:
        raise SamlError(Rule.ISSUER, f"The issuer is {quoted(name)}, not {quoted(idp.entity_id)}.")


def check_in_response_to(value: str | None, expected: Expected, what: str) -> None:
    """It must answer the request of this browser, or none where that is allowed."""
    if expected.request_id is None and not expected.allow_unsolicited:
        raise SamlError(
            Rule.UNSOLICITED, "This browser has no sign-in under way that could be answered."
        )
    if value != expected.request_id:
        asked = quoted(expected.request_id)
        raise SamlError(
            Rule.IN_RESPONSE_TO, f"{what} answers the request {quoted(value)}, not {asked}."
        )


def _check_confirmation(subject: Element, context: Context) -> datetime:
    """Exactly one confirmation, by bearer, for this place and this request; until when it holds."""
    confirmation = documents.only(subject, saml("SubjectConfirmation"), Rule.CONFIRMATION)
    if confirmation.get("Method") != BEARER:
        method = quoted(confirmation.get("Method"))
        raise SamlError(Rule.CONFIRMATION, f"The subject is confirmed by {method}, not by bearer.")
    data = documents.only(confirmation, saml("SubjectConfirmationData"), Rule.CONFIRMATION)
    if data.get("Recipient") != context.sp.acs_url:
        recipient = quoted(data.get("Recipient"))
        raise SamlError(
            Rule.RECIPIENT,
            f"The recipient is {recipient}. Set the ACS URL at the identity provider to "
            f"{context.sp.acs_url}.",
        )
    check_in_response_to(data.get("InResponseTo"), context.expected, "The assertion")
    if data.get("NotBefore") is not None:
        raise SamlError(
            Rule.CONFIRMATION, "The confirmation has a NotBefore, which bearer must not have."
        )
    end = times.instant(data.get("NotOnOrAfter"), Rule.CONFIRMATION, "NotOnOrAfter of the subject")
    times.check_window(None, end, context.now, "The confirmation of the subject")
    _check_lifetime(end, context.now, "The confirmation of the subject")
    return end + times.CLOCK_SKEW


def _check_lifetime(end: datetime, now: datetime, what: str) -> None:
    if end > now + MAX_LIFETIME + times.CLOCK_SKEW:
        raise SamlError(
            Rule.LIFETIME, f"{what} is valid until {times.written(end)}; that is too long."
        )


def _check_conditions(conditions: Element, context: Context) -> None:
    """In time, for this audience, and under no condition that is not known (SAML core, 2.5.1)."""
    start = times.optional_instant(conditions.get("NotBefore"), Rule.CONDITIONS, "NotBefore")
    end = times.optional_instant(conditions.get("NotOnOrAfter"), Rule.CONDITIONS, "NotOnOrAfter")
    times.check_window(start, end, context.now, "The assertion")
    if end is not None:
        _check_lifetime(end, context.now, "The assertion")
    for condition in conditions:
        if condition.tag not in _CONDITIONS:
            raise SamlError(
                Rule.CONDITIONS,
                f"The condition {quoted(documents.tag_of(condition))} is not known.",
            )
    _check_audience(conditions, context.sp.entity_id)


def _check_audience(conditions: Element, entity_id: str) -> None:
    """Every restriction must name this service provider, and there must be one."""
    restrictions = conditions.findall(saml("AudienceRestriction"))
    if not restrictions:
        raise SamlError(Rule.AUDIENCE, "The assertion is not restricted to an audience.")
    for restriction in restrictions:
        audiences = [
            documents.uri_of(each, Rule.AUDIENCE)
            for each in restriction.iterchildren(saml("Audience"))
        ]
        if entity_id not in audiences:
            listed = ", ".join(map(quoted, audiences[:5])) or "nobody"
            raise SamlError(
                Rule.AUDIENCE,
                f"The audience is {listed}. Set the audience (SP entity ID) at the identity "
                f"provider to {quoted(entity_id)}.",
            )


def _session_end(statement: Element, now: datetime) -> datetime | None:
    value = statement.get("SessionNotOnOrAfter")
    end = times.optional_instant(value, Rule.AUTHENTICATION, "SessionNotOnOrAfter")
    if end is not None and end <= now:
        raise SamlError(Rule.SESSION_EXPIRED, f"The session ended at {times.written(end)}.")
    return end


def _authenticated_at(statement: Element, context: Context) -> datetime:
    moment = times.instant(statement.get("AuthnInstant"), Rule.AUTHENTICATION, "AuthnInstant")
    if moment > context.now + times.CLOCK_SKEW:
        raise SamlError(
            Rule.AUTHENTICATION,
            f"AuthnInstant is {times.written(moment)}, in the future; check the clocks.",
        )
    since = context.expected.authenticated_since
    if since is not None and moment < since - times.CLOCK_SKEW:
        raise SamlError(
            Rule.AUTHENTICATION,
            "The user was not authenticated anew, although ForceAuthn was requested.",
        )
    return moment


def _authentication_context(statement: Element, expected: Expected) -> str:
    """How the person proved who they are; it must be one of those that were asked for, if any."""
    parent = documents.only(statement, saml("AuthnContext"), Rule.AUTHENTICATION)
    reference = parent.find(saml("AuthnContextClassRef"))
    used = "" if reference is None else documents.uri_of(reference, Rule.AUTHENTICATION)
    if expected.authentication_contexts and used not in expected.authentication_contexts:
        raise SamlError(
            Rule.AUTHENTICATION_CONTEXT,
            f"The authentication context is {quoted(used)}, which is none of those that were "
            "requested.",
        )
    return used
