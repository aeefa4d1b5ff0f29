"""Programs that the tests want from the operating system, and how to get each one."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deployment.local import pgbouncer, postgres_binaries, valkey

if TYPE_CHECKING:
    from collections.abc import Callable

SIMPLESAMLPHP = Path("/usr/share/simplesamlphp")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class SystemProgram:
    """One program that is installed with the system's package manager.

    Attributes:
        name: what tests call it in ``@pytest.mark.needs("…")``.
        debian_packages: what to install on Debian or Ubuntu.
        for_tests: which tests are left out without it.
        is_present: says whether it is there.
    """

    name: str
    debian_packages: tuple[str, ...]
    for_tests: str
    is_present: Callable[[], bool]


def chromium() -> str | None:
    """Return the path of an installed Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def nginx() -> str | None:
    """Return the path of an installed nginx, or None."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


PROGRAMS = (
    SystemProgram(
        "postgresql",
        ("postgresql",),
        "everything that touches the database (the embedded PostgreSQL stands in if it can)",
        lambda: postgres_binaries.system() is not None,
    ),
    SystemProgram(
        "psql",
        ("postgresql-client",),
        "isolation as the application role meets it in psql",
        lambda: shutil.which("psql") is not None,
    ),
    SystemProgram(
        "pgbouncer",
        ("pgbouncer",),
        "tenant context through a transaction-mode pool",
        lambda: pgbouncer.program() is not None,
    ),
    SystemProgram(
        "redis",
        ("redis-server",),
        "the cache on a real server (the embedded Valkey stands in if it can)",
        lambda: valkey.system() is not None,
    ),
    SystemProgram(
        "nginx",
        ("nginx-light",),
        "request bodies through the proxy that stands in front in production",
        lambda: nginx() is not None,
    ),
    SystemProgram(
        "xmlsec1",
        ("xmlsec1",),
        "a second opinion on the XML signatures of single sign-on",
        lambda: shutil.which("xmlsec1") is not None,
    ),
    SystemProgram(
        "simplesamlphp",
        ("simplesamlphp", "php-cli", "php-xml"),
        "single sign-on with a real SAML identity provider",
        lambda: SIMPLESAMLPHP.is_dir() and shutil.which("php") is not None,
    ),
    SystemProgram(
        "node",
        ("nodejs", "npm"),
        "single sign-on with a real OpenID Connect provider",
        lambda: shutil.which("node") is not None and shutil.which("npm") is not None,
    ),
    SystemProgram(
        "chromium",
        ("chromium",),
        "the admin and the documentation page in a real browser",
        lambda: chromium() is not None,
    ),
)


def missing() -> tuple[SystemProgram, ...]:
    """Return the programs that are not installed."""
    return tuple(program for program in PROGRAMS if not program.is_present())
