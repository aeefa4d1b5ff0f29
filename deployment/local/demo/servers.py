"""The demo's database and cache: embedded ones, or those that the environment names."""

from __future__ import annotations

import os
from dataclasses import dataclass

from deployment.local import postgres, postgres_binaries, valkey
from deployment.local.demo.environment import DATABASE, POSTGRES, VALKEY, installation_secrets
from deployment.local.errors import LocalServiceError


@dataclass(frozen=True, slots=True)
class Database:
    """How to reach the database.

    Attributes:
        url: as the application role.
        owner_url: as the owner role.
        admin_url: as a superuser who may create both; empty if somebody did that already.
        description: what it is, for the progress line.
        is_our_own: it was started here, so nobody else changes it.
    """

    url: str
    owner_url: str
    admin_url: str
    description: str
    is_our_own: bool


@dataclass(frozen=True, slots=True)
class Cache:
    """How to reach the cache; without a URL, each process caches for itself."""

    url: str
    description: str


def database() -> Database:
    """Return the database that the environment names, or start the embedded one.

    Raises:
        LocalServiceError: only one of the two URLs is given, or no server can be started.
    """
    url, owner_url = os.environ.get("DATABASE_URL", ""), os.environ.get("DATABASE_OWNER_URL", "")
    if bool(url) != bool(owner_url):
        raise LocalServiceError(
            "Set both DATABASE_URL (role iac_app) and DATABASE_OWNER_URL (role iac_owner), "
            "or neither: then the demo starts a PostgreSQL of its own."
        )
    if url:
        admin_url = os.environ.get("DATABASE_ADMIN_URL", "")
        return Database(url, owner_url, admin_url, "PostgreSQL of DATABASE_URL", is_our_own=False)
    return _embedded_database()


def cache() -> Cache:
    """Return the cache that the environment names, or start one, or do without."""
    if url := os.environ.get("REDIS_URL"):
        return Cache(url, "Cache of REDIS_URL")
    try:
        server = valkey.start(VALKEY, executable=valkey.embedded())
    except LocalServiceError as error:
        return Cache("", f"No Valkey here, so the platform caches in its own process ({error})")
    return Cache(server.url(), f"Valkey on port {server.port}")


def stop() -> list[str]:
    """Stop what was started here and return what that was."""
    stopped = {"Valkey": valkey.stop(VALKEY), "PostgreSQL": postgres.stop(POSTGRES)}
    return [name for name, was_running in stopped.items() if was_running]


def running() -> dict[str, bool]:
    """Say of each server of the demo's own whether it runs."""
    return {
        "PostgreSQL": postgres.running(POSTGRES) is not None,
        "Valkey": valkey.running(VALKEY) is not None,
    }


def _embedded_database() -> Database:
    binaries = postgres_binaries.find(prefer_embedded=True)
    server = postgres.start(POSTGRES, binaries=binaries)
    known = installation_secrets()
    urls = {
        role: postgres.database_url(role, known[secret], server.port, DATABASE)
        for role, secret in (("iac_app", "app_password"), ("iac_owner", "owner_password"))
    }
    return Database(
        url=urls["iac_app"],
        owner_url=urls["iac_owner"],
        admin_url=server.url(),
        description=f"PostgreSQL {server.binaries.major} on port {server.port}",
        is_our_own=True,
    )
