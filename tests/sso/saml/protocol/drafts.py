"""Responses as an identity provider writes them, with each part changeable: the in-test provider.

It shares nothing with the code under test: text is put together here, signed by ``signing`` and
encrypted by ``encrypting``, on lxml and cryptography alone.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

from sso.saml.protocol.keys import KeyPair
from sso.saml.protocol.names import NAME_ID_EMAIL, POST, REDIRECT, SOAP_BINDING
from sso.saml.protocol.parties import Endpoint, IdentityProvider, ServiceProvider
from tests.sso.saml.protocol import encrypting, signing

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

NOW = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
ACS = "https://acme.iac.test/sso/saml/okta/acs/"
SLO = "https://acme.iac.test/sso/saml/okta/slo/"
SP_ID = "https://acme.iac.test/sso/saml/okta/metadata/"
IDP_ID = "https://idp.example.com/saml"
OTHER_IDP_ID = "https://idp.other.example.net/saml"
REQUEST_ID = "_request-1"

_ASSERTION = """<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 {attributes}>{issuer}<saml:Subject>{name_id}<saml:SubjectConfirmation Method="{method}">\
<saml:SubjectConfirmationData {confirmation}/></saml:SubjectConfirmation></saml:Subject>\
{conditions}{statement}<saml:AttributeStatement>{values}</saml:AttributeStatement></saml:Assertion>"""
_RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" {attributes}>{issuer}{status}{assertion}\
</samlp:Response>"""
SUCCESS = (
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>'
    "</samlp:Status>"
)
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


def at(seconds: float) -> str:
    """An instant so many seconds from now."""
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a response says; None leaves a part out."""

    response_id: str = "_response-1"
    response_version: str = "2.0"
    response_issuer: str | None = IDP_ID
    response_issued: str | None = at(0)
    destination: str | None = ACS
    in_response_to: str | None = REQUEST_ID
    status: str = SUCCESS
    assertion_id: str = "_assertion-1"
    version: str = "2.0"
    issuer: str | None = IDP_ID
    issued: str | None = at(0)
    name_id: str = f'<saml:NameID Format="{NAME_ID_EMAIL}">ada@example.com</saml:NameID>'
    method: str = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    recipient: str | None = ACS
    confirmed_request: str | None = REQUEST_ID
    confirmed_until: str | None = at(300)
    confirmed_from: str | None = None
    conditions: str | None = ""
    not_before: str | None = at(-30)
    not_on_or_after: str | None = at(300)
    audience: str | None = (
        f"<saml:AudienceRestriction><saml:Audience>{SP_ID}</saml:Audience>"
        "</saml:AudienceRestriction>"
    )
    authenticated: str | None = at(-10)
    session_index: str | None = "_session-1"
    session_until: str | None = at(3600)
    context: str = PASSWORD
    values: str = (
        '<saml:Attribute Name="email"><saml:AttributeValue xsi:type="xs:string">ada@example.com'
        "</saml:AttributeValue></saml:Attribute>"
        '<saml:Attribute Name="groups"><saml:AttributeValue>Engineers</saml:AttributeValue>'
        "<saml:AttributeValue>Architects</saml:AttributeValue></saml:Attribute>"
    )

    def change(self, **changes: Any) -> Draft:
        """The same with other parts."""
        return replace(self, **changes)

    def assertion(self) -> Element:
        """The assertion by itself, unsigned."""
        return etree.fromstring(self.assertion_text())

    def assertion_text(self) -> str:
        """The assertion's text."""
        return _ASSERTION.format(
            attributes=_attributes(
                ID=self.assertion_id, Version=self.version, IssueInstant=self.issued
            ),
            issuer=_issuer(self.issuer),
            name_id=self.name_id,
            method=self.method,
            confirmation=_attributes(
                Recipient=self.recipient,
                InResponseTo=self.confirmed_request,
                NotOnOrAfter=self.confirmed_until,
                NotBefore=self.confirmed_from,
            ),
            conditions=self._conditions(),
            statement=self._statement(),
            values=self.values,
        )

    def response(self, *assertions: Element) -> Element:
        """The response around assertions, unsigned."""
        text = _RESPONSE.format(
            attributes=_attributes(
                ID=self.response_id,
                Version=self.response_version,
                IssueInstant=self.response_issued,
                Destination=self.destination,
                InResponseTo=self.in_response_to,
            ),
            issuer=_issuer(self.response_issuer),
            status=self.status,
            assertion="",
        )
        response = etree.fromstring(text)
        response.extend(assertions)
        return response

    def _conditions(self) -> str:
        if self.conditions is None:
            return ""
        window = _attributes(NotBefore=self.not_before, NotOnOrAfter=self.not_on_or_after)
        inside = f"{self.audience or ''}{self.conditions}"
        return f"<saml:Conditions {window}>{inside}</saml:Conditions>"

    def _statement(self) -> str:
        if self.authenticated is None:
            return ""
        about = _attributes(
            AuthnInstant=self.authenticated,
            SessionIndex=self.session_index,
            SessionNotOnOrAfter=self.session_until,
        )
        reference = f"<saml:AuthnContextClassRef>{self.context}</saml:AuthnContextClassRef>"
        return (
            f"<saml:AuthnStatement {about}><saml:AuthnContext>{reference}</saml:AuthnContext>"
            "</saml:AuthnStatement>"
        )


@dataclass(frozen=True, slots=True)
class Signer:
    """A key with a certificate, of an identity provider or of whoever attacks."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        """The certificate in PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def pair(self) -> KeyPair:
        """Both in PEM."""
        private = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return KeyPair(private.decode(), self.pem)


@cache
def signer(name: str = "idp", kind: str = "rsa") -> Signer:
    """A key of its own for each name, made once in a run; its certificate expired long ago."""
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return Signer(key, certificate)


def idp(*signers: Signer, entity_id: str = IDP_ID) -> IdentityProvider:
    """The identity provider as this platform knows it."""
    host = entity_id.rpartition("/")[0]
    return IdentityProvider(
        entity_id=entity_id,
        certificates=tuple(each.pem for each in signers or (signer(),)),
        sign_on=(Endpoint(REDIRECT, f"{host}/sso"), Endpoint(POST, f"{host}/sso/post")),
        logout=(
            Endpoint(REDIRECT, f"{host}/slo", f"{host}/slo/answer"),
            Endpoint(SOAP_BINDING, f"{host}/slo/soap"),
        ),
    )


def sp(*decryption: Signer) -> ServiceProvider:
    """The platform as the service provider of one tenant."""
    pairs = tuple(each.pair() for each in decryption or (signer("sp-encryption"),))
    return ServiceProvider(SP_ID, ACS, SLO, signer("sp-signing").pair(), pairs)


def response(
    draft: Draft | None = None,
    *,
    signs: str = "assertion",
    by: Signer | None = None,
    encrypted: str | None = None,
    **oddities: Any,
) -> Element:
    """A response, signed and encrypted in one of the usual ways.

    Args:
        draft: what it says.
        signs: ``assertion``, ``response``, ``both`` or nothing.
        by: who signs.
        encrypted: by which algorithm, for the service provider; None for not at all.
        **oddities: what ``signing.sign`` does differently.
    """
    draft, by = draft or Draft(), by or signer()
    assertion = draft.assertion()
    if signs in {"assertion", "both"}:
        signing.sign(assertion, by.key, by.certificate, **oddities)
    if encrypted is not None:
        plain = etree.tostring(assertion)
        assertion = encrypting.encrypt(plain, signer("sp-encryption").certificate, encrypted)
    whole = draft.response(assertion)
    if signs in {"response", "both"}:
        signing.sign(whole, by.key, by.certificate, **oddities)
    return whole


def posted(message: Element | bytes | str) -> str:
    """A message as a form carries it."""
    if isinstance(message, str):
        message = message.encode()
    return b64encode(message if isinstance(message, bytes) else etree.tostring(message)).decode()


def _attributes(**values: str | None) -> str:
    return " ".join(f'{name}="{value}"' for name, value in values.items() if value is not None)


def _issuer(name: str | None) -> str:
    return "" if name is None else f"<saml:Issuer>{name}</saml:Issuer>"
