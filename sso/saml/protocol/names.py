"""Names that SAML 2.0, XML Signature and XML Encryption give to things."""

from __future__ import annotations

from typing import Final

ASSERTION: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XENC11: Final = "http://www.w3.org/2009/xmlenc11#"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SOAP_BINDING: Final = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"

BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
RESPONDER: Final = "urn:oasis:names:tc:SAML:2.0:status:Responder"
ENTITY: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"

NAME_ID_UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
NAME_ID_EMAIL: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
NAME_ID_PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
NAME_ID_TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"

ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"


def saml(name: str) -> str:
    """The tag of an element of assertions."""
    return f"{{{ASSERTION}}}{name}"


def samlp(name: str) -> str:
    """The tag of an element of protocol messages."""
    return f"{{{PROTOCOL}}}{name}"


def metadata(name: str) -> str:
    """The tag of an element of metadata."""
    return f"{{{METADATA}}}{name}"


def dsig(name: str) -> str:
    """The tag of an element of signatures."""
    return f"{{{DSIG}}}{name}"


def xenc(name: str) -> str:
    """The tag of an element of encrypted content."""
    return f"{{{XENC}}}{name}"


def soap(name: str) -> str:
    """The tag of an element of a SOAP 1.1 envelope."""
    return f"{{{SOAP}}}{name}"
