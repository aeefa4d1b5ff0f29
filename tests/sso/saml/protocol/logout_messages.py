"""Logout messages of the tests' identity provider, as tests vary them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from sso.saml.protocol import names
from tests.sso.saml.protocol import drafts
from tests.sso.saml.protocol.drafts import at

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

REQUEST = """<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" {attributes}>\
<saml:Issuer>{issuer}</saml:Issuer>{name_id}{indexes}</samlp:LogoutRequest>"""
RESPONSE = """<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" {attributes}>\
<saml:Issuer>{issuer}</saml:Issuer>{status}</samlp:LogoutResponse>"""
NAME_ID = f'<saml:NameID Format="{names.NAME_ID_EMAIL}">ada@example.com</saml:NameID>'
INDEX = "<samlp:SessionIndex>_session-1</samlp:SessionIndex>"
VALID: dict[str, str | None] = {
    "ID": "_logout-1",
    "Version": "2.0",
    "IssueInstant": at(0),
    "Destination": drafts.SLO,
}


def message(
    template: str = REQUEST,
    issuer: str = drafts.IDP_ID,
    name_id: str = NAME_ID,
    indexes: str = INDEX,
    status: str = drafts.SUCCESS,
    **attributes: str | None,
) -> Element:
    """One message, unsigned."""
    given = {**VALID, **attributes}
    listed = " ".join(f'{name}="{value}"' for name, value in given.items() if value is not None)
    parts = {"name_id": name_id, "indexes": indexes, "status": status}
    return etree.fromstring(template.format(attributes=listed, issuer=issuer, **parts))
