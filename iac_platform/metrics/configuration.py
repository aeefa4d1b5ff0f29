"""Settings fragments for readiness; see docs/observability.md for what each means."""

from __future__ import annotations

from typing import TypedDict


class CheckSpec(TypedDict):
    """One entry of ``settings.READINESS_CHECKS``."""

    name: str
    check: str  # dotted path of a callable that returns when all is well, else raises
    required: bool
    timeout: float  # seconds


READINESS_CHECKS: list[CheckSpec] = [
    {
        "name": "database",
        "check": "iac_platform.metrics.checks.database_answers",
        "required": True,
        "timeout": 2.0,
    },
    {
        "name": "migrations",
        "check": "iac_platform.metrics.checks.migrations_applied",
        "required": True,
        "timeout": 5.0,
    },
    {
        # Without a cache the API is slower and takes no idempotency keys, but it serves.
        "name": "cache",
        "check": "iac_platform.cache.health.cache_answers",
        "required": False,
        "timeout": 1.0,
    },
]
