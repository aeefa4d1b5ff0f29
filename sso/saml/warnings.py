"""What of a configuration ends soon, so that somebody acts before people cannot sign on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils import timezone

from sso.saml.models import KeyState
from sso.saml.protocol import keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sso.saml.models import SamlConfiguration

WARNED_BEFORE: Final = timedelta(days=30)
# Many identity providers renew it every day or week; from then on it is looked for every hour.
RENEWED_BEFORE: Final = timedelta(days=2)


class Warned(NamedTuple):
    """Something that ends soon, or has ended.

    Attributes:
        code: what it is; stable.
        expires_at: when it ends.
        detail: which one, and what to do.
    """

    code: str
    expires_at: datetime
    detail: str


def warnings_of(configuration: SamlConfiguration) -> list[Warned]:
    """What to warn a configuration's admins of, the first to end first.

    An expired certificate of the identity provider is still trusted, as metadata go on naming it
    (SAML metadata interoperability, section 2.6.1); many products refuse one of ours.
    """
    found = [*_certificates(configuration), *_own_keys(configuration), *_metadata(configuration)]
    return sorted(found, key=lambda each: each.expires_at)


def _certificates(configuration: SamlConfiguration) -> Iterator[Warned]:
    for pem in configuration.certificates:
        ends = keys.expiry_of(pem)
        if _is_soon(ends, WARNED_BEFORE):
            yield Warned(
                "identity-provider-certificate",
                ends,
                f"A certificate of the identity provider {_expires(ends)}: SHA-256 "
                f"{keys.fingerprint_of(pem)}. Have the next one in its metadata before it changes.",
            )


def _own_keys(configuration: SamlConfiguration) -> Iterator[Warned]:
    """The keys in use; one that was replaced only decrypts, and goes with the next rotation."""
    for key in configuration.keys.all():
        if key.state != KeyState.PREVIOUS and _is_soon(key.expires_at, WARNED_BEFORE):
            yield Warned(
                "own-certificate",
                key.expires_at,
                f"The tenant's own certificate ({key.state}) {_expires(key.expires_at)}. Rotate "
                "the key, and give the identity provider the metadata between the steps.",
            )


def _metadata(configuration: SamlConfiguration) -> Iterator[Warned]:
    ends = configuration.metadata_valid_until
    before = RENEWED_BEFORE if configuration.metadata_url else WARNED_BEFORE
    if ends is not None and _is_soon(ends, before):
        yield Warned(
            "metadata",
            ends,
            f"The identity provider's metadata {_expires(ends)}. Nobody can sign on by a document "
            "that has expired: get a new one.",
        )


def _expires(moment: datetime) -> str:
    return "has expired" if moment <= timezone.now() else f"expires on {moment:%Y-%m-%d}"


def _is_soon(moment: datetime, before: timedelta) -> bool:
    return moment <= timezone.now() + before
