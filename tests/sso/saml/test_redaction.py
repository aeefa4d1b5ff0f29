"""What the login log keeps of a message, and what it never keeps."""

from __future__ import annotations

from lxml import etree

from sso.saml.protocol.names import ASSERTION, PROTOCOL
from sso.saml.sign_ons import redaction

_WRITTEN = f"""<samlp:Response xmlns:samlp="{PROTOCOL}" xmlns:saml="{ASSERTION}"
 xmlns:old="urn:oasis:names:tc:SAML:1.0:assertion" ID="_r1" secretToken="SECRET" >SECRET
<saml:Issuer>https://idp.example</saml:Issuer>SECRET
<samlp:Artifact>SECRET</samlp:Artifact><password>SECRET</password>
<saml:NameID Format="urn:f" any="SECRET">ada</saml:NameID>
<old:Attribute AttributeName="mail"><old:AttributeValue>SECRET</old:AttributeValue></old:Attribute>
<saml:Attribute Name="mail" FriendlyName="E-mail">
<saml:AttributeValue>ada@example.com<b>SECRET</b>SECRET</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="phone"><saml:AttributeValue>SECRET</saml:AttributeValue></saml:Attribute>
<odd Name="mail"><saml:AttributeValue>SECRET</saml:AttributeValue></odd>
</samlp:Response>"""


def test_what_is_not_named_is_left_out() -> None:
    kept = redaction.of_response(etree.fromstring(_WRITTEN), {"mail"})
    assert "SECRET" not in kept
    for expected in ("_r1", "https://idp.example", "urn:f", ">ada<", "ada@example.com", "phone"):
        assert expected in kept
    assert "ada@example.com" not in redaction.of_response(etree.fromstring(_WRITTEN), ())
    assert redaction.LEFT_OUT in kept
