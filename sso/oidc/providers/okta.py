"""Okta."""

from __future__ import annotations

from typing import ClassVar

from sso.oidc.providers.base import ClaimNames, Vendor


class Okta(Vendor):
    """Okta. See https://developer.okta.com/docs/guides/customize-tokens-groups-claim/."""

    preset = "okta"
    offline: ClassVar = {}
    claims = ClaimNames(groups="groups")
