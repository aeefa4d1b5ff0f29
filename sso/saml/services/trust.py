"""What ends when a tenant trusts an identity provider no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sso.sign_in.models import Session

if TYPE_CHECKING:
    from sso.saml.models import SamlConfiguration


def end_sessions(configuration: SamlConfiguration) -> None:
    """End the sessions that a configuration opened."""
    Session.objects.filter(saml_sessions__configuration=configuration).end()
