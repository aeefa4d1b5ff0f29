"""Answers that change with a release only: the same for everybody who may ask."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from django.utils.http import parse_etags
from rest_framework.response import Response

if TYPE_CHECKING:
    from rest_framework.request import Request


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

    def answer(self, request: Request) -> Response:
        """The content, or 304 when the client has it already."""
        headers = {"ETag": self.tag, "Cache-Control": "private, no-cache"}
        given = parse_etags(request.headers.get("If-None-Match", ""))
        if self.tag in [each.removeprefix("W/") for each in given]:
            return Response(status=304, headers=headers)
        return Response(self.content, headers=headers)

    @classmethod
    def page(cls, results: list[Any]) -> Published:
        """A list that is all on one page."""
        return cls.of({"next": None, "previous": None, "results": results})
