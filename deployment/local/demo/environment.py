"""Where the demo keeps its things, and the variables that its processes are given."""

from __future__ import annotations

import os
import secrets

from deployment.local import state
from deployment.local.virtualenv import ROOT

VAR = ROOT / "var"
LOGS = VAR / "log"
METRICS = VAR / "metrics"
POSTGRES = VAR / "postgres"
VALKEY = VAR / "valkey"
PROCESSES = VAR / "demo-processes.json"
SECRETS = VAR / "demo-secrets.json"
LOCK = VAR / "demo.lock"
DESCRIPTION = VAR / "demo.json"

DATABASE = "iac_platform"
USUAL_PORT = 8000

PASSED_ON = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
"""What the demo's processes inherit; other people's settings would change what they do."""


def wanted_port() -> int:
    """Return the port to serve on: ``PORT``, else that of the last start, else 8000.

    Raises:
        ValueError: ``PORT`` is not a port number.
    """
    text = os.environ.get("PORT") or str(state.load(PROCESSES).get("port") or USUAL_PORT)
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise ValueError(f"PORT={text} is not a port number: use 1 to 65535.")
    return int(text)


def installation_secrets() -> dict[str, str]:
    """Return this installation's passwords and key, made at the first start."""
    known: dict[str, str] = state.load(SECRETS)
    if not known:
        names = ("secret_key", "owner_password", "app_password")
        known = {name: secrets.token_hex(32) for name in names}
        state.save(SECRETS, known)
    return known


def platform_environment(*, database_url: str, redis_url: str) -> dict[str, str]:
    """Return the variables of a process that answers requests: it never learns the owner."""
    inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return inherited | {
        "SECRET_KEY": installation_secrets()["secret_key"],
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BASE_DOMAIN": "localhost",
        "SECURE": "false",  # loopback only, without a certificate
        "IAC_DEMO": "true",
        "PYTHONUNBUFFERED": "1",
    }
