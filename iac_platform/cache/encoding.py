"""Values as bytes: JSON, or bytes as they are. Never pickle, which runs what it reads."""

from __future__ import annotations

from typing import Any

import orjson

_JSON = b"j"
_RAW = b"b"


class OrjsonSerializer:
    """django-redis's serializer for Django's own cache API."""

    def __init__(self, options: dict[str, Any]) -> None:
        """Accept django-redis's options; there is nothing to choose."""

    def dumps(self, value: Any) -> bytes:
        """A value as JSON.

        Raises:
            TypeError: the value has no form in JSON.
        """
        return orjson.dumps(value)

    def loads(self, value: bytes) -> Any:
        """The value that JSON stands for."""
        return orjson.loads(value)


def encode(value: Any) -> bytes:
    """A value with a mark of its form in front.

    Raises:
        TypeError: the value is neither bytes nor has a form in JSON.
    """
    if isinstance(value, bytes):
        return _RAW + value
    return _JSON + orjson.dumps(value)


def decode(data: bytes) -> Any:
    """The value that was encoded; dates and UUIDs come back as text."""
    return data[1:] if data[:1] == _RAW else orjson.loads(data[1:])
