"""What ends when a tenant trusts a provider no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sso.sign_in.models import Session

if TYPE_CHECKING:
    from sso.oidc.models import OidcConfiguration


def end_sessions(configuration: OidcConfiguration) -> None:
    """End the sessions that a configuration opened."""
    Session.objects.filter(oidc_sessions__configuration=configuration).end()
