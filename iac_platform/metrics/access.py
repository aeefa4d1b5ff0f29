from __future__ import annotations

from hmac import compare_digest
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest

LOOPBACK = ("127.0.0.0/8", "::1/128")
# Any of these says that a proxy stands between, so the peer's address is the proxy's.
_PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")


def may_read_metrics(request: HttpRequest) -> bool:
    """Whether this request may see the metrics.

    It may with ``settings.METRICS_TOKEN`` as a bearer token, or when it comes straight
    from one of ``settings.METRICS_NETWORKS`` (loopback unless set). What came through a
    proxy needs the token: a proxy on this machine would make the whole world loopback.
    """
    return _has_token(request) or _is_near(request)


def _has_token(request: HttpRequest) -> bool:
    expected = getattr(settings, "METRICS_TOKEN", "") or ""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if not expected or scheme.lower() != "bearer":
        return False
    return compare_digest(given.strip().encode(), expected.encode())


def _is_near(request: HttpRequest) -> bool:
    if any(header in request.headers for header in _PROXY_HEADERS):
        return False
    try:
        peer = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    networks = getattr(settings, "METRICS_NETWORKS", LOOPBACK)
    return any(peer in ip_network(network) for network in networks)
