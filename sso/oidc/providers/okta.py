"""Okta."""

from __future__ import annotations

from sso.oidc.providers.base import ClaimNames, Vendor


class Okta(Vendor):
    """Okta. See https://developer.okta.com/docs/guides/customize-tokens-groups-claim/."""

    preset = "okta"
    claims = ClaimNames(groups="groups")
