"""By which names products send what most of them send, while no mapping says otherwise.

The username is the NameID: what is not sent can refuse nobody.
"""

from __future__ import annotations

from typing import Final

from sso.provisioning.external import AttributeNames
from sso.saml.models import Preset

_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"

ATTRIBUTES: Final = {
    # https://learn.microsoft.com/entra/identity-platform/reference-saml-tokens
    Preset.ENTRA_ID: AttributeNames(
        email=f"{_CLAIMS}/emailaddress",
        full_name="http://schemas.microsoft.com/identity/claims/displayname",
        groups="http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    ),
    # https://auth0.com/docs/authenticate/protocols/saml/saml-configuration
    Preset.AUTH0: AttributeNames(email=f"{_CLAIMS}/emailaddress", full_name=f"{_CLAIMS}/name"),
    # The claim types of AD FS that its rule for LDAP attributes offers.
    Preset.ADFS: AttributeNames(
        email=f"{_CLAIMS}/emailaddress",
        full_name=f"{_CLAIMS}/name",
        groups="http://schemas.xmlsoap.org/claims/Group",
    ),
    # Keycloak's built-in mapper "X500 email".
    Preset.KEYCLOAK: AttributeNames(email="urn:oid:1.2.840.113549.1.9.1"),
    # These two send what their admins name; name them so.
    Preset.OKTA: AttributeNames(email="email", full_name="name", groups="groups"),
    Preset.GOOGLE_WORKSPACE: AttributeNames(email="email", full_name="name", groups="groups"),
}
