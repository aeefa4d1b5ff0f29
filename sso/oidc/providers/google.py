"""Google: one issuer for everybody, and the claim ``hd`` for whose people they are."""

from __future__ import annotations

from typing import ClassVar, Final

from sso.oidc.providers.base import Vendor

ISSUER: Final = "https://accounts.google.com"


class Google(Vendor):
    """Sign in with Google.

    https://developers.google.com/identity/openid-connect/openid-connect
    """

    preset = "google"
    # It knows no prompt=login.
    reauthentication: ClassVar = {"prompt": "select_account"}
    sends_auth_time = False
    requires_hosted_domain = True

    def matches(self, issuer: str) -> bool:
        """The one issuer."""
        return issuer.rstrip("/") == ISSUER
