"""Which requests a browser took along to an identity provider; each is answered once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sso.federation import requests
from sso.federation.protocols import Purpose
from sso.federation.requests import request_digest
from sso.saml.models import SamlRequest
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from sso.saml.models import SamlConfiguration

# A worker of a release that knows only sign-ons finds none of the others, so that none of them
# signs anybody in during an upgrade.
_SIGN_ON, _TEST, _LINK, _LOGOUT = "", "test ", "link ", "logout "
_ANSWERED_BY_RESPONSES: Final = (_SIGN_ON, _TEST, _LINK)
_UNAVAILABLE = partial(SamlError, Rule.STORE_UNAVAILABLE)
_FOR_SIGN_ON: Final = Purpose()


def remember_request(
    configuration: SamlConfiguration,
    *,
    secret: str,
    request_id: str,
    purpose: Purpose = _FOR_SIGN_ON,
) -> None:
    """Note that a browser was sent with a request.

    Args:
        configuration: of whose identity provider.
        secret: what the browser's cookie holds.
        request_id: of the request; with the secret it finds the row, so that several may be
            under way in one browser.
        purpose: what its response is for.

    Raises:
        SamlError: it cannot be written down.
    """
    prefix = _TEST if purpose.tested_in else _LINK if purpose.linked_in else _SIGN_ON
    row = SamlRequest(
        configuration=configuration,
        digest=request_digest(f"{prefix}{secret}", request_id),
        request_id=request_id,
        relay_state=purpose.next_page,
        tested_in=purpose.tested_in,
        linked_in=purpose.linked_in,
    )
    requests.write_request(row, _UNAVAILABLE)


def take_request(
    configuration: SamlConfiguration, *, secret: str, request_id: str
) -> SamlRequest | None:
    """Delete the request of this browser that a response says it answers, and return it.

    Raises:
        SamlError: it cannot be known.
    """
    if not secret or not request_id:
        return None
    digests = [request_digest(f"{each}{secret}", request_id) for each in _ANSWERED_BY_RESPONSES]
    rows = SamlRequest.objects.filter(configuration=configuration, digest__in=digests)
    return requests.take_request(rows, _UNAVAILABLE)


def secret_for_logout(secret: str) -> str:
    """A browser's secret as logouts use it: no answer to one is taken for that of a sign-on."""
    return secret and f"{_LOGOUT}{secret}"
