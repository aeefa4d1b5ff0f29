"""JSON in and out by orjson, with bounds on what is let in."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.functional import Promise
from rest_framework.exceptions import NotAcceptable, ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import IO

    from rest_framework.request import Request

MAX_DEPTH = 64
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


class Negotiation(DefaultContentNegotiation):
    """Serves what the address names, where it names something else than JSON.

    Clients of an API ask for ``application/json`` whatever they fetch. An address with one
    form alone, such as an archive, is served in it (RFC 9110, section 12.5.1 allows that).
    """

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The form of the answer, and its media type.

        Raises:
            NotAcceptable: the address is served as JSON, and the client does not take it.
        """
        forms = list(renderers)
        try:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(
                request, forms, format_suffix
            )
        except NotAcceptable:
            if any(isinstance(each, OrjsonRenderer) for each in forms):
                raise
            return forms[0], forms[0].media_type
        return chosen


class OrjsonRenderer(BaseRenderer):
    """Renders plain data as JSON; decimals are strings, so that no digit is lost."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002  # DRF's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # likewise
    ) -> bytes:
        """The data as JSON; no bytes for None, which stands for no body."""
        return b"" if data is None else orjson.dumps(data, default=_plain, option=_OPTIONS)


class OrjsonParser(BaseParser):
    """Parses JSON, refusing what is too large, too deep or not JSON at all.

    NaN, infinities, invalid UTF-8 and lone surrogates are no JSON (RFC 8259); NUL
    characters are, but PostgreSQL can store them neither as text nor as ``jsonb``. Of two
    members of one name readers take either (section 4): what a proxy has checked would not
    be what we do.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002  # DRF's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # likewise
    ) -> Any:
        """The data.

        Raises:
            ParseError: it is not JSON, or nested more than 64 deep, or contains NUL, or an
                object in it has two members of one name.
            RequestDataTooBig: it exceeds ``settings.DATA_UPLOAD_MAX_MEMORY_SIZE``.
        """
        body = _bounded(stream)
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}.") from None
        if _needs_a_look(body):
            _look_through(data)
        if body.count(b":") > 1:
            _refuse_repetitions(body)
        return data


def _bounded(stream: IO[Any]) -> bytes:
    limit: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is None:
        return bytes(stream.read())
    body: bytes = stream.read(limit + 1)
    if len(body) > limit:
        raise RequestDataTooBig("The body exceeds DATA_UPLOAD_MAX_MEMORY_SIZE.")
    return body


def _needs_a_look(body: bytes) -> bool:
    """Whether the bytes could hold something forbidden; most bodies plainly cannot."""
    return b"\\u0000" in body or body.count(b"[") + body.count(b"{") > MAX_DEPTH


def _look_through(data: Any) -> None:
    level, depth = [data], 0
    while level:
        depth += 1
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, dict | list) and depth > MAX_DEPTH:
                raise ParseError(f"The body is nested more than {MAX_DEPTH} deep.")
            if isinstance(value, dict):
                deeper += value.keys()
                deeper += value.values()
            elif isinstance(value, list):
                deeper += value
            elif isinstance(value, str) and "\x00" in value:
                raise ParseError("The body contains a NUL character, which cannot be stored.")
        level = deeper


def _refuse_repetitions(body: bytes) -> None:
    """Read the body again, which is JSON and not too deep: orjson keeps the last in silence."""
    json.loads(body.decode(), object_pairs_hook=_once, parse_int=str, parse_float=str)


def _once(members: list[tuple[str, Any]]) -> None:
    if len(dict(members)) == len(members):
        return  # without a look at each, of which there may be very many
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            raise ParseError(f"The member {name[:100]!r} stands twice in one object.")
        seen.add(name)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | Promise):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON.")
