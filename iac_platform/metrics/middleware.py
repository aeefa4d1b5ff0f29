from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.metrics.views import healthz, metrics, readyz

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}


class ProbeMiddleware:
    """Answers probes before anything else runs.

    An orchestrator asks by IP address, over plain HTTP and for no tenant: whatever
    checks the host, redirects to https, opens a session or looks up a tenant comes after.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a probe, or pass the request on."""
        probe = PROBES.get(request.path_info)
        return self._get_response(request) if probe is None else probe(request)
