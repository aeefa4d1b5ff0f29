"""Addresses are looked up by their first segment, not by trying every pattern in turn."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.urls import URLPattern, URLResolver, include
from django.urls.resolvers import RoutePattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.urls import ResolverMatch

# What every address that a pattern matches begins with, up to the end of its first segment.
_LITERAL = re.compile(r"\^?([a-z0-9-]+)/")


class SegmentResolver(URLResolver):
    """Tries only the patterns that may begin with the segment that an address begins with."""

    def resolve(self, path: str) -> ResolverMatch:
        """The view of an address.

        Raises:
            Resolver404: there is none.
        """
        rest = self.pattern.match(path)
        segment = rest[0].partition("/")[0] if rest else ""
        return self._by_segment.get(segment, self._others).resolve(path)

    @cached_property
    def _by_segment(self) -> dict[str, URLResolver]:
        patterns = list(_flat(self.url_patterns))
        found = {_segment(each) for each in patterns} - {None}
        return {
            name: self._of([each for each in patterns if _segment(each) in {name, None}])
            for name in found
            if name is not None
        }

    @cached_property
    def _others(self) -> URLResolver:
        return self._of([each for each in _flat(self.url_patterns) if _segment(each) is None])

    def _of(self, patterns: list[URLPattern | URLResolver]) -> URLResolver:
        return URLResolver(self.pattern, patterns)


def by_segment(route: str, module: str) -> URLResolver:
    """Like ``path(route, include(module))``, for modules with many patterns."""
    urls, _, _ = include(module)
    return SegmentResolver(RoutePattern(route, is_endpoint=False), urls)


def _flat(patterns: list[Any]) -> Iterator[URLPattern | URLResolver]:
    """The patterns, with those that are included under no further route in their places."""
    for each in patterns:
        is_plain = isinstance(each, URLResolver) and not (each.namespace or each.default_kwargs)
        if is_plain and str(each.pattern) == "":
            yield from _flat(each.url_patterns)
        else:
            yield each


def _segment(pattern: URLPattern | URLResolver) -> str | None:
    literal = _LITERAL.match(str(pattern.pattern))
    return literal[1] if literal else None
