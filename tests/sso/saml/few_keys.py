"""Key pairs of service providers that tests share, as making one takes some tenths of a second."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sso.saml.models import ServiceProviderKey
from sso.saml.protocol import keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from sso.saml.protocol.keys import KeyPair

generate_anew = keys.generate_key_pair
_FEW = 3  # so that those of one rotation are different ones


@contextmanager
def few_keys() -> Iterator[None]:
    """Have the pairs that services ask for made once; a tenant gets the first that it lacks."""
    made = list[keys.KeyPair]()

    def given(name: str, *, now: datetime, valid_for: timedelta) -> KeyPair:
        while len(made) < _FEW:
            made.append(generate_anew(name, now=now, valid_for=valid_for))
        known = set(ServiceProviderKey.objects.values_list("certificate_pem", flat=True))
        return next((pair for pair in made if pair.certificate_pem not in known), made[0])

    keys.generate_key_pair = given
    try:
        yield
    finally:
        keys.generate_key_pair = generate_anew
