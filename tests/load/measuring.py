"""What the servers count by themselves, read before and after a run, and what the machine is."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import dict_row

from deployment.local.virtualenv import ROOT
from tests.load.errors import LoadTestError

_REQUESTS = re.compile(
    r'^iac_response_cache_requests_total\{outcome="(hit|miss)"\} ([0-9.e+]+)$', re.MULTILINE
)
OK = 200
OWN_DATABASE = "pgbouncer"
"""PgBouncer's own console, which appears among the databases it serves."""

Counts = dict[str, float]


def cache_counts(url: str) -> Counts | None:
    """Hits and misses of the response cache so far; None if /metrics is closed to us."""
    text = _get(url, "/metrics")
    if text is None:
        return None
    return {"hit": 0.0, "miss": 0.0} | {
        name: float(value) for name, value in _REQUESTS.findall(text)
    }


def require_platform(url: str) -> None:
    """Have a platform there that says that it can serve.

    Raises:
        LoadTestError: it does not.
    """
    if _get(url, "/readyz") is None:
        raise LoadTestError(f"No platform is ready at {url}: its /readyz does not answer 200.")


def _get(url: str, path: str) -> str | None:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    try:
        with closing(kind(parts.netloc, timeout=30)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode()
            return body if answer.status == OK else None
    except (OSError, HTTPException):
        return None


def pool_counts(url: str) -> Counts:
    """Microseconds that clients waited for a server connection, and that queries took, so far.

    Args:
        url: of PgBouncer's console, as a user of ``stats_users``.
    """
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as console:
        rows = console.execute("SHOW STATS").fetchall()
    served = [row for row in rows if row["database"] != OWN_DATABASE]
    return {
        name: float(sum(row[f"total_{name}_time"] for row in served)) for name in ("wait", "query")
    }


def machine() -> dict[str, Any]:
    """The machine and the versions, for the report."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "revision": _revision(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123  # no folder of ours
            return (
                next(line for line in lines if line.startswith("model name")).split(": ")[1].strip()
            )
    except (OSError, StopIteration):
        return platform.machine()


def _revision() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607  # whichever git is used here
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return described.stdout.strip() or "unknown"
