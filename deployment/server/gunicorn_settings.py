"""What gunicorn is told beside the command line of ``deployment.server.commands``."""

from __future__ import annotations

import os
from typing import Any

worker_class = "gthread"
# With the application loaded once, its memory is shared.
preload_app = True
max_requests = 20_000
max_requests_jitter = 2_000
# Connections that a worker keeps open; further ones wait to be accepted.
worker_connections = 10_000
timeout = 30
loglevel = "warning"
accesslog = None
control_socket_disable = True


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that has ended, where several write metrics."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess  # noqa: PLC0415  # reads the variable

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # published so
