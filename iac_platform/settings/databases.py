"""``DATABASES`` from the two database URLs."""

from __future__ import annotations

from typing import Any

import dj_database_url

ENGINE = "tenants.database"


def databases(application_url: str, owner_url: str) -> dict[str, dict[str, Any]]:
    """The application's connection, and the owner's where its URL is given.

    Args:
        application_url: as the application role, usually through PgBouncer.
        owner_url: as the owner role, direct; empty in processes that serve requests.
    """
    configured = {"default": _connection(application_url)}
    if owner_url:
        configured["owner"] = {**_connection(owner_url), "CONN_MAX_AGE": 0}
    return configured


def _connection(url: str) -> dict[str, Any]:
    parsed = dj_database_url.parse(url, engine=ENGINE, conn_max_age=600, conn_health_checks=True)
    # A server-side cursor outlives the transaction that PgBouncer gave us.
    parsed["DISABLE_SERVER_SIDE_CURSORS"] = True
    parsed.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    return dict(parsed)
