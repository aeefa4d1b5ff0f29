"""GitLab, at gitlab.com or on a host of one's own."""

from __future__ import annotations

from typing import ClassVar, Final

from sso.oidc.providers.base import ClaimNames, Vendor

_PUBLIC: Final = "https://gitlab.com"


class GitLab(Vendor):
    """GitLab. See https://docs.gitlab.com/integration/openid_connect_provider/."""

    preset = "gitlab"
    offline: ClassVar = {}
    claims = ClaimNames(groups="groups_direct")

    def matches(self, issuer: str) -> bool:
        """Hosts of one's own are like any other provider."""
        return issuer == _PUBLIC

    def is_public(self, issuer: str) -> bool:
        """Anybody can have an account at gitlab.com."""
        return issuer == _PUBLIC
