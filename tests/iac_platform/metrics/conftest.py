from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

MIDDLEWARE = [
    "iac_platform.metrics.middleware.ProbeMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]


@pytest.fixture(autouse=True)
def _only_probes(settings: Settings) -> None:
    settings.MIDDLEWARE = MIDDLEWARE
    settings.ALLOWED_HOSTS = ["named.example"]
