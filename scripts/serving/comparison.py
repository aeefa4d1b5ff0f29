"""The stock project beside the platform: its database in the same server, and what it is sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from callers import BLUEPRINTS, DOCUMENT
from loads import new_blueprint
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).resolve().parent / "stock"
_DATABASE = "stock"


def stock_environment() -> dict[str, str]:
    """The variables that its processes need."""
    server, _, _ = os.environ["BENCH_ADMIN_URL"].rpartition("/")
    return {
        **os.environ,
        "PYTHONPATH": str(FOLDER),
        "DJANGO_SETTINGS_MODULE": "stock_site.settings",
        "STOCK_DATABASE_URL": f"{server}/{_DATABASE}",
    }


def make_stock_callers(tenants: int) -> list[dict[str, Any]]:
    """Make its database, and as many tenants with as many rows as the platform has.

    Raises:
        subprocess.CalledProcessError: they cannot be made.
    """
    with psycopg.connect(os.environ["BENCH_ADMIN_URL"], autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))
    command = [
        *(sys.executable, str(FOLDER / "fill.py"), f"--tenants={tenants}"),
        *(f"--blueprints={BLUEPRINTS}", f"--document={json.dumps(DOCUMENT)}"),
    ]
    printed = subprocess.run(  # noqa: S603  # our own script
        command, check=True, stdout=subprocess.PIPE, env=stock_environment(), text=True
    ).stdout
    return [json.loads(line) for line in printed.splitlines()]


def stock_loads(callers: list[dict[str, Any]]) -> Mapping[str, list[str]]:
    """The requests that do the same as those of the platform's loads of these names."""
    one = callers[0]
    paths = {
        "list of 25": "/api/blueprints/",
        "detail": f"/api/blueprints/{one['blueprints'][0]}/",
        "version": f"/api/versions/{one['versions'][0]}/",
    }
    whom = f"{one['host']} Token {one['token']} -"
    body = new_blueprint(one["project"])
    loads = {name: [f"GET {whom} {path}"] for name, path in paths.items()}
    return loads | {"create": [f"POST {whom} /api/blueprints/ {body}"]}
