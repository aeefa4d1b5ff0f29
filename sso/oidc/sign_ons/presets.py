"""By which names products send what most of them send, while no mapping says otherwise.

The username is the subject: what is not sent can refuse nobody.
"""

from __future__ import annotations

from typing import Final

from sso.oidc.models import Preset
from sso.provisioning.external import AttributeNames


def _standard(groups: str = "") -> AttributeNames:
    """The names of OpenID Connect Core, section 5.1, which has none for groups."""
    return AttributeNames(email="email", full_name="name", groups=groups)


STANDARD: Final = _standard()

ATTRIBUTES: Final = {
    # https://learn.microsoft.com/entra/identity-platform/optional-claims-reference
    Preset.MICROSOFT: _standard("groups"),
    # https://developer.okta.com/docs/guides/customize-tokens-groups-claim/
    Preset.OKTA: _standard("groups"),
    # Keycloak's mapper "Group Membership"; name its claim so.
    Preset.KEYCLOAK: _standard("groups"),
    # https://docs.gitlab.com/integration/openid_connect_provider/
    Preset.GITLAB: _standard("groups_direct"),
}

# Beside the parameters of every request, where somebody is to prove who they are anew.
_LOGIN: Final = {"prompt": "login", "max_age": "0"}
# https://developers.google.com/identity/openid-connect/openid-connect#authenticationuriparameters
_GOOGLE: Final = {"prompt": "select_account"}


def reauthentication(preset: str) -> dict[str, str]:
    """How a product is asked to have somebody prove who they are, within a session there too."""
    return dict(_GOOGLE if preset == Preset.GOOGLE else _LOGIN)
