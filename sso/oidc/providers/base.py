"""What holds at a provider unless its product is known to differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from sso.federation.errors import quoted
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sso.oidc.protocol.documents import Document


class ClaimNames(NamedTuple):
    """Which claims are read while there is no mapping; empty where a provider sends none.

    The names of OpenID Connect Core, section 5.1, which has none for groups. The username is the
    subject: what is not sent can refuse nobody.
    """

    email: str = "email"
    full_name: str = "name"
    groups: str = ""


class Vendor:
    """One product. Defaults are chosen by the preset, and rules by the issuer.

    Attributes:
        preset: the value of ``models.Preset``.
        claims: which claims are read while there is no mapping.
        reauthentication: parameters by which people must prove anew who they are, also within a
            session at the provider.
        offline: parameters by which the scope ``offline_access`` brings a refresh token (OpenID
            Connect Core, section 11).
        sends_auth_time: whether ID tokens say when that was.
        sends_logout_issuer: whether its front-channel logouts say who the issuer is.
        requires_hosted_domain: whether a configuration must name an organisation, as its domain.
    """

    preset: ClassVar[str] = "generic"
    claims: ClassVar[ClaimNames] = ClaimNames()
    reauthentication: ClassVar[Mapping[str, str]] = {"prompt": "login", "max_age": "0"}
    offline: ClassVar[Mapping[str, str]] = {"prompt": "consent"}
    sends_auth_time: ClassVar[bool] = True
    sends_logout_issuer: ClassVar[bool] = True
    requires_hosted_domain: ClassVar[bool] = False

    def matches(self, issuer: str) -> bool:
        """Whether an issuer is one of this product, by its address alone."""
        del issuer
        return False

    def is_public(self, issuer: str) -> bool:
        """Whether anybody can have an account, and no claim says whose people they are."""
        del issuer
        return False

    def check_organisation(self, claims: Document, *, issuer: str, hosted_domain: str) -> None:
        """Refuse people of another organisation at an issuer that speaks for many.

        Raises:
            OidcError: they are of another.
        """
        del issuer
        sent = claims.get("hd")
        if hosted_domain and sent != hosted_domain:
            raise OidcError(
                Rule.HOSTED_DOMAIN, f"hd is {quoted(sent)}, not {quoted(hosted_domain)}."
            )
