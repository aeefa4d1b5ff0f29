"""Which requests are people's browsers going somewhere, and which another page's doing.

Any page can load ours a hundred times as images, fetches or frames. Those would use up the tries
of everybody in its visitor's network, and write a row each.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpResponseForbidden

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = Callable[..., HttpResponseBase]


def navigations_only(*destinations: str) -> Callable[[View], View]:
    """Refuse what a browser does not navigate to, before anything is counted or written.

    By the headers of Fetch Metadata (https://www.w3.org/TR/fetch-metadata/), which no page can
    change. Servers and old browsers send none, and are let through.

    Args:
        destinations: where the answer may be shown, in the words of ``Sec-Fetch-Dest``.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not _is_navigation(request, destinations):
                return HttpResponseForbidden("Browsers must navigate here.")
            return view(request, *args, **kwargs)

        return guarded

    return guard


def _is_navigation(request: HttpRequest, destinations: tuple[str, ...]) -> bool:
    return (
        request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        and request.headers.get("Sec-Fetch-Dest", destinations[0]) in destinations
        # Pages can have others fetched ahead, dozens at a time.
        and not request.headers.get("Sec-Purpose", "").startswith("prefetch")
    )
