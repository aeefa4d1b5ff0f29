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


class Ending(NamedTuple):
    """Something that ends one day.

    Attributes:
        code: what it is; stable.
        expires_at: when it ends.
        warned_before: how long before that it is warned of.
        detail: which one, and what to do.
    """

    code: str
    expires_at: datetime
    warned_before: timedelta
    detail: str

    @property
    def is_soon(self) -> bool:
        """Whether it is warned of by now."""
        return self.expires_at <= timezone.now() + self.warned_before


def warnings_of(configuration: SamlConfiguration) -> list[Ending]:
    """What to warn a configuration's admins of, the first to end first.

    An expired certificate of the identity provider is still trusted, as metadata go on naming it
    (SAML metadata interoperability, section 2.6.1); many products refuse one of ours.
    """
    return [each for each in _endings(configuration) if each.is_soon]


def last_warnings_of(configuration: SamlConfiguration) -> list[Ending]:
    """The same, but of each kind at most the last to end: before that, another one takes over."""
    last = {each.code: each for each in _endings(configuration)}
    return [each for each in last.values() if each.is_soon]


def _endings(configuration: SamlConfiguration) -> list[Ending]:
    """All that ends, the first first."""
    found = [*_certificates(configuration), *_own_keys(configuration), *_metadata(configuration)]
    return sorted(found, key=lambda each: each.expires_at)


def _certificates(configuration: SamlConfiguration) -> Iterator[Ending]:
    for pem in configuration.certificates:
        ends = keys.expiry_of(pem)
        yield Ending(
            "identity-provider-certificate",
            ends,
            WARNED_BEFORE,
            f"A certificate of the identity provider {_expires(ends)}: SHA-256 "
            f"{keys.fingerprint_of(pem)}. Have the next one in its metadata before it changes.",
        )


def _own_keys(configuration: SamlConfiguration) -> Iterator[Ending]:
    """The keys in use; one that was replaced only decrypts, and goes with the next rotation."""
    for key in configuration.keys.all():
        if key.state != KeyState.PREVIOUS:
            yield Ending(
                "own-certificate",
                key.expires_at,
                WARNED_BEFORE,
                f"The tenant's own certificate ({key.state}) {_expires(key.expires_at)}. Rotate "
                "the key, and give the identity provider the metadata between the steps.",
            )


def _metadata(configuration: SamlConfiguration) -> Iterator[Ending]:
    ends = configuration.metadata_valid_until
    if ends is not None:
        yield Ending(
            "metadata",
            ends,
            RENEWED_BEFORE if configuration.metadata_url else WARNED_BEFORE,
            f"The identity provider's metadata {_expires(ends)}. Nobody can sign on by a document "
            "that has expired: get a new one.",
        )


def _expires(moment: datetime) -> str:
    return "has expired" if moment <= timezone.now() else f"expires on {moment:%Y-%m-%d}"
