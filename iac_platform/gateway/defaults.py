"""Settings fragments of the gateway; it imports nothing that needs Django to be set up."""

from __future__ import annotations

from typing import Any, TypedDict

from iac_platform.gateway.components import COMPONENTS


class Quota(TypedDict):
    """So many requests in so many seconds; None counts them without a limit."""

    requests: int | None
    seconds: int


API_PREFIXES = ("/api/", "/scim/")

# Outermost first. Everything that knows hosts, tenants, sessions and users goes between
# the two lists.
MIDDLEWARE_BEFORE = [
    "iac_platform.metrics.middleware.ProbeMiddleware",
    "iac_platform.gateway.response_cache.ResponseCacheMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "iac_platform.gateway.request_id.RequestIdMiddleware",
    "iac_platform.gateway.request_log.RequestLogMiddleware",
    "iac_platform.gateway.security.SecurityHeadersMiddleware",
    "iac_platform.gateway.redirects.RedirectMiddleware",
    "iac_platform.gateway.problems.middleware.ProblemMiddleware",
    "iac_platform.gateway.rate_limits.RateLimitHeadersMiddleware",
    "iac_platform.gateway.bodies.BodyMiddleware",
]
MIDDLEWARE_AFTER = [
    "iac_platform.gateway.denials.DenialMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

CSRF_FAILURE_VIEW = "iac_platform.gateway.problems.pages.csrf_failure"

# Bytes of a request's body: as many as the largest blueprint document may have.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# The same of a form with files, which Django counts apart.
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE
FILE_UPLOAD_HANDLERS = ["iac_platform.gateway.uploads.BoundedUpload"]
# And of those who show no valid credentials: a token, an invitation, a name and a password.
ANONYMOUS_BODY_MAX_BYTES = 16 * 1024

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["iac_platform.gateway.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["iac_platform.gateway.rendering.OrjsonParser"],
    # Closed to whoever is not known, even for a view that forgot to say so.
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "iac_platform.gateway.rendering.Negotiation",
    "DEFAULT_PAGINATION_CLASS": "iac_platform.gateway.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["iac_platform.gateway.filters.StrictFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["iac_platform.gateway.rate_limits.PlanThrottle"],
    "DEFAULT_SCHEMA_CLASS": "iac_platform.gateway.openapi.PlatformSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "iac_platform.gateway.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    # Trust no X-Forwarded-For unless settings say how many proxies write it.
    "NUM_PROXIES": 0,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["iac_platform.gateway.rendering.OrjsonRenderer"],
}

# A tenant's own ceiling is what keeps it from slowing the others.
RATE_LIMITS: dict[str, dict[str, Quota]] = {
    "anonymous": {"address": {"requests": 600, "seconds": 60}},
    "default": {
        "principal": {"requests": 6_000, "seconds": 60},
        "tenant": {"requests": 30_000, "seconds": 60},
    },
    "free": {
        "principal": {"requests": 600, "seconds": 60},
        "tenant": {"requests": 1_200, "seconds": 60},
    },
    "enterprise": {
        "principal": {"requests": 30_000, "seconds": 60},
        "tenant": {"requests": 300_000, "seconds": 60},
    },
}

_SELF_ONLY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "connect-src 'self'; font-src 'self'; img-src 'self' data:; "
)
# By prefix of the path, the longest wins.
CONTENT_SECURITY_POLICIES = {
    "/": _SELF_ONLY + "script-src 'self'; style-src 'self'",
    # django-unfold's pages carry Alpine expressions, which are evaluated, and style attributes.
    "/admin/": _SELF_ONLY + "script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'",
    "/api/": "default-src 'none'; frame-ancestors 'none'",
    "/scim/": "default-src 'none'; frame-ancestors 'none'",
    "/api/docs/": _SELF_ONLY + "script-src 'self'; style-src 'self'",
}


def spectacular_settings(version: str) -> dict[str, Any]:
    """``SPECTACULAR_SETTINGS`` for a release of the platform."""
    return {
        "TITLE": "IaC Platform",
        "DESCRIPTION": "Blueprints, generated infrastructure code and its deployment.",
        "VERSION": version,
        "OAS_VERSION": "3.1.1",
        "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
        "SERVE_INCLUDE_SCHEMA": False,
        "COMPONENT_SPLIT_REQUEST": True,
        "COMPONENT_SPLIT_PATCH": True,
        "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
        "APPEND_COMPONENTS": COMPONENTS,
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "iac_platform.gateway.openapi.add_problems",
        ],
    }
