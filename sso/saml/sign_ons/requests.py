"""Which requests a browser took along to an identity provider; each is answered once."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from sso.federation.browsers import ANSWERED_WITHIN
from sso.federation.store import refusing_without_database
from sso.saml.models import SamlRequest
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from uuid import UUID

    from sso.saml.models import SamlConfiguration

# A worker of a release that knows only sign-ons finds none of the others, so that none of them
# signs anybody in during an upgrade.
_SIGN_ON, _TEST, _LINK, _LOGOUT = "", "test ", "link ", "logout "
_ANSWERED_BY_RESPONSES: Final = (_SIGN_ON, _TEST, _LINK)
_UNWRITTEN = partial(
    SamlError, Rule.STORE_UNAVAILABLE, "The request cannot be written down right now."
)
_UNKNOWN = partial(
    SamlError, Rule.STORE_UNAVAILABLE, "It cannot be known whether the request was answered."
)


def remember_request(
    configuration: SamlConfiguration,
    *,
    secret: str,
    request_id: str,
    relay_state: str = "",
    tested_in: UUID | None = None,
    linked_in: UUID | None = None,
) -> None:
    """Note that a browser was sent with a request.

    Args:
        configuration: of whose identity provider.
        secret: what the browser's cookie holds.
        request_id: of the request; with the secret it finds the row, so that several may be
            under way in one browser.
        relay_state: where the person goes then, on this host.
        tested_in: the session of an admin who only tests: the answer signs nobody in.
        linked_in: the session of somebody who links: likewise.

    Raises:
        SamlError: it cannot be written down.
    """
    purpose = _TEST if tested_in else _LINK if linked_in else _SIGN_ON
    with refusing_without_database(_UNWRITTEN), transaction.atomic():
        SamlRequest.objects.create(
            configuration=configuration,
            digest=_digest(f"{purpose}{secret}", request_id),
            request_id=request_id,
            relay_state=relay_state,
            tested_in=tested_in,
            linked_in=linked_in,
            expires_at=timezone.now() + ANSWERED_WITHIN,
        )


def take_request(
    configuration: SamlConfiguration, *, secret: str, request_id: str
) -> SamlRequest | None:
    """The request of this browser that a response says it answers, for the only time.

    Raises:
        SamlError: it cannot be known.
    """
    if not secret or not request_id:
        return None
    found = SamlRequest.objects.filter(
        configuration=configuration,
        digest__in=[_digest(f"{each}{secret}", request_id) for each in _ANSWERED_BY_RESPONSES],
        expires_at__gt=timezone.now(),
    )
    with refusing_without_database(_UNKNOWN), transaction.atomic():
        row = found.first()
        taken = row is not None and SamlRequest.objects.filter(pk=row.pk).delete()[0] == 1
    return row if taken else None


def secret_for_logout(secret: str) -> str:
    """A browser's secret as logouts use it: no answer to one is taken for that of a sign-on."""
    return secret and f"{_LOGOUT}{secret}"


def _digest(secret: str, request_id: str) -> str:
    """A plain hash suffices, as both are random."""
    return hashlib.sha256(f"{secret} {request_id}".encode()).hexdigest()
