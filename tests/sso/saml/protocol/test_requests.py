"""AuthnRequests: what they ask for, how they travel, and that others verify them."""

from __future__ import annotations

import subprocess
from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from lxml import etree

from sso.saml.protocol import bindings, service_provider_metadata
from sso.saml.protocol.names import NAME_ID_PERSISTENT, POST, REDIRECT, SOAP_BINDING, saml, samlp
from sso.saml.protocol.parties import Endpoint, IdentityProvider
from sso.saml.protocol.requests import RequestOptions, authentication_request
from sso.saml.protocol.rules import Rule, SamlError
from tests.sso.saml.protocol import drafts
from tests.sso.saml.protocol.drafts import NOW, response, signer

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element as Element

OURS = (signer("sp-signing").pem,)


def _by_redirect(options: RequestOptions) -> Element:
    sent = authentication_request(drafts.sp(), drafts.idp(), now=NOW, options=options)
    assert sent.binding == REDIRECT
    return bindings.from_query(urlsplit(sent.url).query, "SAMLRequest", OURS).root


def test_a_request_says_who_asks_and_where_the_answer_goes() -> None:
    sent = authentication_request(drafts.sp(), drafts.idp(), now=NOW, relay_state="/projects/")
    incoming = bindings.from_query(urlsplit(sent.url).query, "SAMLRequest", OURS)
    request = incoming.root
    assert request.tag == samlp("AuthnRequest")
    assert request.findtext(saml("Issuer")) == drafts.SP_ID
    assert request.get("ID") == sent.message_id
    assert request.get("Version") == "2.0"
    assert request.get("IssueInstant") == "2026-06-01T12:00:00Z"
    assert request.get("Destination") == "https://idp.example.com/sso"
    assert request.get("AssertionConsumerServiceURL") == drafts.ACS
    assert request.get("ProtocolBinding") == POST
    assert request.get("ForceAuthn") is request.get("IsPassive") is None
    assert incoming.relay_state == "/projects/"


def test_a_request_asks_for_what_is_configured() -> None:
    options = RequestOptions(
        force_authn=True,
        is_passive=True,
        name_id_format=NAME_ID_PERSISTENT,
        authentication_contexts=("urn:a", "urn:b"),
        comparison="minimum",
    )
    request = _by_redirect(options)
    assert request.get("ForceAuthn") == request.get("IsPassive") == "true"
    policy = request.find(samlp("NameIDPolicy"))
    assert policy is not None
    assert policy.get("Format") == NAME_ID_PERSISTENT
    asked = request.find(samlp("RequestedAuthnContext"))
    assert asked is not None
    assert asked.get("Comparison") == "minimum"
    assert [each.text for each in asked] == ["urn:a", "urn:b"]


def test_each_request_has_an_id_of_its_own() -> None:
    sent = {
        authentication_request(drafts.sp(), drafts.idp(), now=NOW).message_id for _ in range(50)
    }
    assert len(sent) == 50
    assert all(len(each) == 41 for each in sent)


def test_without_an_endpoint_nothing_is_sent() -> None:
    deaf = IdentityProvider("urn:x", (), (Endpoint(SOAP_BINDING, "https://idp.example.com/"),))
    with pytest.raises(SamlError) as caught:
        authentication_request(drafts.sp(), deaf, now=NOW)
    assert caught.value.rule is Rule.ENDPOINT
    authentication_request(drafts.sp(), drafts.idp(), now=NOW)


@pytest.mark.needs("xmlsec1")
@pytest.mark.parametrize("kind", ["request", "metadata", "in-test-response"])
def test_xmlsec1_verifies_what_is_signed_here(kind: str, tmp_path: Path) -> None:
    """A second implementation agrees about our signatures, and about the in-test provider's."""
    by, document = {
        "request": (signer("sp-signing"), _posted_request()),
        "metadata": (
            signer("sp-signing"),
            service_provider_metadata.written_metadata(drafts.sp(), valid_until=NOW),
        ),
        "in-test-response": (signer(), etree.tostring(response(signs="response"))),
    }[kind]
    assert _xmlsec1_verifies(document, by.pem, tmp_path)
    assert not _xmlsec1_verifies(document, signer("attacker").pem, tmp_path)
    assert not _xmlsec1_verifies(document.replace(b"acme", b"evil"), by.pem, tmp_path)


def _posted_request() -> bytes:
    options = RequestOptions(prefer_post=True)
    sent = authentication_request(drafts.sp(), drafts.idp(), now=NOW, options=options)
    assert (sent.binding, sent.url) == (POST, "https://idp.example.com/sso/post")
    return b64decode(sent.fields["SAMLRequest"])


def _xmlsec1_verifies(document: bytes, pem: str, folder: Path) -> bool:
    (folder / "document.xml").write_bytes(document)
    (folder / "certificate.pem").write_text(pem, encoding="ascii")
    names = ["AuthnRequest", "EntityDescriptor", "Response"]
    command = ["xmlsec1", "--verify", "--pubkey-cert-pem", "certificate.pem"]
    for name in names:
        command += ["--id-attr:ID", name]
    done = subprocess.run(  # noqa: S603  # fixed arguments
        [*command, "document.xml"], cwd=folder, capture_output=True, check=False
    )
    return done.returncode == 0
