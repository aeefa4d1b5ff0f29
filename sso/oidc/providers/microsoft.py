"""Microsoft Entra ID: an issuer for each tenant, which the claim ``tid`` must name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import urlsplit

from sso.federation.errors import quoted
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.providers.base import ClaimNames, Vendor

if TYPE_CHECKING:
    from sso.oidc.protocol.documents import Document

# https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
_HOSTS: Final = {
    *("login.microsoftonline.com", "login.microsoftonline.us"),
    "login.partner.microsoftonline.cn",
}
# The tenant of personal accounts:
# https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
_PERSONAL: Final = "9188040d-6c67-4c5b-b112-36a304b66dad"


class Microsoft(Vendor):
    """Microsoft Entra ID.

    https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
    """

    preset = "microsoft"
    # https://learn.microsoft.com/entra/identity-platform/optional-claims-reference
    offline: ClassVar = {}
    claims = ClaimNames(groups="groups")
    sends_auth_time = False
    # https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#single-sign-out
    sends_logout_issuer = False

    def matches(self, issuer: str) -> bool:
        """The hosts of its clouds."""
        return urlsplit(issuer).hostname in _HOSTS

    def is_public(self, issuer: str) -> bool:
        """The tenant of personal accounts."""
        return _tenant(issuer) == _PERSONAL

    def check_organisation(self, claims: Document, *, issuer: str, hosted_domain: str) -> None:
        """The tenant of the issuer."""
        super().check_organisation(claims, issuer=issuer, hosted_domain=hosted_domain)
        tenant, sent = _tenant(issuer), claims.get("tid")
        if tenant and sent != tenant:
            raise OidcError(Rule.TENANT, f"tid is {quoted(sent)}, not {quoted(tenant)}.")


def _tenant(issuer: str) -> str:
    return urlsplit(issuer).path.strip("/").split("/")[0]
