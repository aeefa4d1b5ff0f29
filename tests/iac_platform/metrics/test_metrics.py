from __future__ import annotations

import os
import subprocess
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django.fixtures import Settings


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_reads_metrics(client: Client, peer: str) -> None:
    response = client.get("/metrics", REMOTE_ADDR=peer)
    assert response.status_code == HTTPStatus.OK
    families = {family.name for family in text_string_to_metric_families(response.text)}
    assert {"iac_cache_hits", "iac_cache_misses", "iac_cache_errors"} <= families
    assert "django_http_requests_before_middlewares" in families


@pytest.mark.parametrize(
    "circumstances",
    [
        {"REMOTE_ADDR": "10.0.0.9"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=203.0.113.9"},
        {"REMOTE_ADDR": "10.0.0.9", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": "10.0.0.9", "HTTP_AUTHORIZATION": "Bearer wrong"},
        {"REMOTE_ADDR": "10.0.0.9", "HTTP_AUTHORIZATION": "Bearer "},
        {"REMOTE_ADDR": "10.0.0.9", "HTTP_AUTHORIZATION": "Basic s3cret"},
    ],
)
def test_others_are_refused(
    client: Client, settings: Settings, circumstances: dict[str, Any]
) -> None:
    settings.METRICS_TOKEN = "s3cret"
    response = client.get("/metrics", **circumstances)
    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert "django_http" not in response.text


def test_without_a_configured_token_an_empty_one_opens_nothing(
    client: Client, settings: Settings
) -> None:
    settings.METRICS_TOKEN = ""
    refused = client.get("/metrics", REMOTE_ADDR="10.0.0.9", HTTP_AUTHORIZATION="Bearer ")
    assert refused.status_code == HTTPStatus.UNAUTHORIZED


def test_the_token_opens_from_anywhere(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "s3cret"
    response = client.get(
        "/metrics",
        REMOTE_ADDR="127.0.0.1",
        HTTP_X_FORWARDED_FOR="203.0.113.9",
        HTTP_AUTHORIZATION="Bearer s3cret",
    )
    assert response.status_code == HTTPStatus.OK


def test_a_listed_network_reads_metrics(client: Client, settings: Settings) -> None:
    settings.METRICS_NETWORKS = ["10.1.0.0/16"]
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == HTTPStatus.OK
    refused = client.get("/metrics", REMOTE_ADDR="127.0.0.1")
    assert refused.status_code == HTTPStatus.UNAUTHORIZED


def test_no_metric_of_ours_is_labelled_by_tenant(client: Client) -> None:
    page = client.get("/metrics", REMOTE_ADDR="127.0.0.1").text
    labels = {
        label
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        for label in sample.labels
    }
    assert not labels & {"tenant", "tenant_id", "schema", "schema_name", "host", "user"}


def test_the_metrics_of_all_workers_are_added_up(tmp_path: Path) -> None:
    """Two processes count into one folder; the page of a third shows the sum."""
    count = "from iac_platform.cache.counters import CACHE_HITS; CACHE_HITS.inc(2)"
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], env=environment, check=True)  # noqa: S603  # our own code
    show = (
        "from django.conf import settings; settings.configure();"
        "from django.test import RequestFactory;"
        "from iac_platform.metrics.views import metrics;"
        "print(metrics(RequestFactory().get('/metrics')).content.decode())"
    )
    page = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", show], env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert "iac_cache_hits_total 4.0" in page
