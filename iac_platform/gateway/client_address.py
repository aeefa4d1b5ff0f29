from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The IP address that a request comes from, as far as it can be trusted.

    ``X-Forwarded-For`` counts only as far as ``NUM_PROXIES`` of our own proxies wrote it, by
    the same rule as for rate limits. None where there is no address, as behind a Unix socket,
    or where what stands there is none.
    """
    given = BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # it reads META alone
    return _canonical(given or "")


@lru_cache(maxsize=4096)
def _canonical(given: str) -> str | None:
    try:
        return str(ip_address(given))
    except ValueError:
        return None
