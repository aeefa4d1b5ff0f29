"""Key pairs of service providers that tests share, as making one takes some tenths of a second."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, Any

from sso.saml.protocol import keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sso.saml.protocol.keys import KeyPair

_FEW = 3  # so that those of one rotation are different ones


@contextmanager
def few_keys() -> Iterator[None]:
    """Have the pairs that services ask for made once, and given out in turn."""
    generate, turns = keys.generate_key_pair, cycle(range(_FEW))

    @cache
    def made(_: int, **how: Any) -> KeyPair:
        return generate("tests", **how)

    first: dict[str, Any] = {}

    def given(_: str, **how: Any) -> KeyPair:
        first.update(how if not first else {})
        return made(next(turns), **first)

    keys.generate_key_pair = given
    try:
        yield
    finally:
        keys.generate_key_pair = generate
