"""Which requests a browser took along to a provider; each is answered once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sso.federation import requests
from sso.oidc.models import OidcRequest
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from sso.federation.protocols import Purpose
    from sso.oidc.models import OidcConfiguration

_UNAVAILABLE = partial(OidcError, Rule.STORE_UNAVAILABLE)


def remember_request(
    configuration: OidcConfiguration, *, secret: str, state: str, purpose: Purpose
) -> None:
    """Note that a browser was sent with a request.

    Args:
        configuration: to whose provider.
        secret: what the browser's cookie holds.
        state: of the request; with the secret it finds the row, so that several may be under way
            in one browser.
        purpose: what its response is for.

    Raises:
        OidcError: it cannot be written down.
    """
    row = OidcRequest(
        configuration=configuration,
        digest=requests.request_digest(secret, state),
        next_page=purpose.next_page,
        tested_in=purpose.tested_in,
        linked_in=purpose.linked_in,
    )
    requests.write_request(row, _UNAVAILABLE)


def secret_for_logout(secret: str) -> str:
    """A browser's secret as logouts use it: no response to one is taken for that of a sign-on."""
    return secret and f"logout {secret}"


def take_request(configuration: OidcConfiguration, *, secret: str, state: str) -> OidcRequest:
    """Delete the request of this browser that a response answers, and return it.

    Raises:
        OidcError: there is none (any more), or it cannot be known.
    """
    digest = requests.request_digest(secret, state)
    rows = OidcRequest.objects.filter(configuration=configuration, digest=digest)
    row = requests.take_request(rows, _UNAVAILABLE)
    if row is None:
        raise OidcError(
            Rule.STATE, "No request of this browser to this provider with that state waits for it."
        )
    return row
