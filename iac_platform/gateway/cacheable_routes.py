"""Which answers may be kept at all, and by what rights: known from the routes, at no cost."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iac_platform.common.permissions import Permission
    from iac_platform.gateway.actions import Action

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# As good as any other wherever an address has one, also where it could be a name.
_ANY_ID: Final = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"


def is_cacheable(path: str) -> bool:
    """Whether a GET of this address has an action that declares its answers cached.

    The action decides in the end (``ResourceViewSet.cached_as``): nothing is kept for having been
    asked for, and what is not asked for is not kept.
    """
    return _declares(_ID.sub(_ANY_ID, path), settings.ROOT_URLCONF)


@lru_cache(maxsize=4096)
def _declares(path: str, urlconf: str) -> bool:
    try:
        return _cached_action(resolve(path, urlconf).func) is not None
    except Resolver404:
        return False


def cacheable_permissions() -> frozenset[Permission]:
    """The permissions of all actions whose answers are cached."""
    return _permissions(settings.ROOT_URLCONF)


@lru_cache(maxsize=16)
def _permissions(urlconf: str) -> frozenset[Permission]:
    actions = map(_cached_action, _views(get_resolver(urlconf).url_patterns))
    return frozenset(action.permission for action in actions if action is not None)


def _views(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[Any]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _views(each.url_patterns)
        else:
            yield each.callback


def _cached_action(view: Any) -> Action | None:
    """What a view does for a GET, if its answers are cached."""
    action = getattr(view, "actions", {}).get("get")
    declared: Action | None = getattr(getattr(view, "cls", None), "actions", {}).get(action)
    return None if declared is None or declared.cached is None else declared
