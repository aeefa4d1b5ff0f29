"""Which requests a browser took along to a provider; each is answered once."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from sso.federation.browsers import ANSWERED_WITHIN
from sso.federation.store import refusing_without_database
from sso.oidc.models import OidcRequest
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from uuid import UUID

    from sso.oidc.models import OidcConfiguration

_UNWRITTEN = partial(
    OidcError, Rule.STORE_UNAVAILABLE, "The request cannot be written down right now."
)
_UNKNOWN = partial(
    OidcError, Rule.STORE_UNAVAILABLE, "It cannot be known whether the request was answered."
)


def remember_request(
    configuration: OidcConfiguration,
    *,
    secret: str,
    state: str,
    next_page: str = "",
    tested_in: UUID | None = None,
    linked_in: UUID | None = None,
) -> None:
    """Note that a browser was sent with a request.

    Args:
        configuration: to whose provider.
        secret: what the browser's cookie holds.
        state: of the request; with the secret it finds the row, so that several may be under way
            in one browser.
        next_page: where the person goes then, on this host.
        tested_in: the session of an admin who only tests: the answer signs nobody in.
        linked_in: the session of somebody who links: likewise.

    Raises:
        OidcError: it cannot be written down.
    """
    with refusing_without_database(_UNWRITTEN), transaction.atomic():
        OidcRequest.objects.create(
            configuration=configuration,
            digest=_digest(secret, state),
            next_page=next_page,
            tested_in=tested_in,
            linked_in=linked_in,
            expires_at=timezone.now() + ANSWERED_WITHIN,
        )


def take_request(configuration: OidcConfiguration, *, secret: str, state: str) -> OidcRequest:
    """The request of this browser, to this provider, that a response answers; the only time.

    Raises:
        OidcError: there is none (any more), or it cannot be known.
    """
    found = OidcRequest.objects.filter(
        configuration=configuration,
        digest=_digest(secret, state),
        expires_at__gt=timezone.now(),
    )
    with refusing_without_database(_UNKNOWN), transaction.atomic():
        row: OidcRequest | None = found.first()
        if row is not None and OidcRequest.objects.filter(pk=row.pk).delete()[0] == 1:
            return row
    raise OidcError(
        Rule.STATE, "No request of this browser to this provider with that state waits for it."
    )


def _digest(secret: str, state: str) -> str:
    """A plain hash suffices, as both are random."""
    return hashlib.sha256(f"{secret} {state}".encode()).hexdigest()
