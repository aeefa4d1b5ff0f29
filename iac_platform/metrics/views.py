from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from iac_platform.metrics.access import may_read_metrics
from iac_platform.metrics.gauges import gauges_page
from iac_platform.metrics.readiness import assess

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Liveness: the process answers. It touches nothing else, so an outage restarts nothing."""
    return _uncached(JsonResponse({"status": "ok"}))


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Readiness: every required part answers; 503 if one does not.

    The answer holds names, states and milliseconds; causes are in the log only.
    """
    report = assess()
    body: dict[str, Any] = {
        "status": report.status,
        "checks": [
            {
                "name": result.name,
                "status": result.status,
                "required": result.required,
                "ms": round(result.seconds * 1000, 1),
            }
            for result in report.results
        ],
    }
    return _uncached(JsonResponse(body, status=200 if report.serves else 503))


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Metrics in Prometheus's format, for those :func:`may_read_metrics` admits."""
    if not may_read_metrics(request):
        refusal = HttpResponse("Metrics need a token.\n", status=401, content_type="text/plain")
        refusal["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return _uncached(refusal)
    page: HttpResponse = ExportToDjangoView(request)
    page.write(gauges_page())
    return _uncached(page)


def _uncached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
