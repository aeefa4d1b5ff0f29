"""Keycloak."""

from __future__ import annotations

from typing import ClassVar

from sso.oidc.providers.base import ClaimNames, Vendor


class Keycloak(Vendor):
    """Its mapper "Group Membership", with the claim that the guide names."""

    preset = "keycloak"
    offline: ClassVar = {}
    claims = ClaimNames(groups="groups")
