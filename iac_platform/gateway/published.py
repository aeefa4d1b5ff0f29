"""Answers that change with a release only: the same for everybody who may ask."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from rest_framework.response import Response


@dataclass(frozen=True, slots=True)
class Published:
    """What changes with a release only, and its entity tag."""

    content: dict[str, Any]
    tag: str

    @classmethod
    def of(cls, content: dict[str, Any]) -> Published:
        """The content, tagged by its digest."""
        stable = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        return cls(content, f'"{hashlib.sha256(stable).hexdigest()[:32]}"')

    def answer(self) -> Response:
        """The content under its tag."""
        return Response(
            self.content, headers={"ETag": self.tag, "Cache-Control": "private, no-cache"}
        )

    @classmethod
    def page(cls, results: list[Any]) -> Published:
        """A list that is all on one page."""
        return cls.of({"next": None, "previous": None, "results": results})
