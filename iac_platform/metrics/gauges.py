"""Figures that are asked for when the metrics are, and are the same in every worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector

from iac_platform.common.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prometheus_client import Metric

# By app. They say nothing while nothing is known, and never wait for long.
GAUGES: Hooks[Callable[[], Iterable[Metric]]] = Hooks("gauges")


class _Gauges(Collector):
    def collect(self) -> Iterator[Metric]:
        """All of them."""
        for gauges in GAUGES.all().values():
            yield from gauges()


def gauges_page() -> bytes:
    """All of them, in Prometheus's format."""
    registry = CollectorRegistry()
    registry.register(_Gauges())
    return generate_latest(registry)
