"""The session that a sign-on begins."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sso.federation import sessions
from sso.oidc.models import OidcConfiguration, OidcSession
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.sign_ons.identities import provider_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User


def begin_session(request: HttpRequest, user: User, configuration: OidcConfiguration) -> None:
    """Sign somebody in.

    Raises:
        SignOnRefused, OidcError: the user or the configuration is not what it was any more.
    """
    row = OidcSession(configuration=configuration)
    keep = partial(lock_unchanged, configuration)
    provider = provider_of(configuration)
    sessions.begin_session(request, user, row, provider=provider, keep=keep)


def lock_unchanged(configuration: OidcConfiguration) -> None:
    """Keep it as it was when the answer was verified: what ends sessions waits for this one.

    Raises:
        OidcError: it was deleted, switched off, or trusts another by now.
    """
    rows = OidcConfiguration.objects.select_for_update(no_key=True)
    now = rows.filter(pk=configuration.pk, is_enabled=True).first()
    if now is None or now.trust != configuration.trust:
        raise OidcError(
            Rule.CONFIGURATION, "It was deleted, switched off, or trusts another by now."
        )
