"""Whether answers of an address may be kept at all: known from its route, at no cost."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.urls import Resolver404, resolve

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
        view: Any = resolve(path, urlconf).func
    except Resolver404:
        return False
    action = getattr(view, "actions", {}).get("get")
    declared = getattr(getattr(view, "cls", None), "actions", {}).get(action)
    return declared is not None and declared.cached is not None
