"""Key pairs of service providers that tests share, as making one takes some tenths of a second."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from sso.saml.protocol import keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from sso.saml.protocol.keys import KeyPair

generate_anew = keys.generate_key_pair
_FEW = 3  # so that those of one rotation are different ones


@contextmanager
def few_keys() -> Iterator[None]:
    """Have the pairs that services ask for made once, and given out in turn."""
    turns, made = count(), list[keys.KeyPair]()

    def given(name: str, *, now: datetime, valid_for: timedelta) -> KeyPair:
        if len(made) < _FEW:
            made.append(generate_anew(name, now=now, valid_for=valid_for))
            return made[-1]
        return made[next(turns) % _FEW]

    keys.generate_key_pair = given
    try:
        yield
    finally:
        keys.generate_key_pair = generate_anew
