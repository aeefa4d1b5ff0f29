from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from tests.services import Services

_CATALOGS = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared
"""


@pytest.fixture(scope="module", autouse=True)
def _catalogs_without_dead_rows(services: Services) -> None:
    """Vacuum what schemas of tests before have left: every check would read over it again."""
    database = str(connections.settings[DEFAULT_DB_ALIAS]["NAME"])
    url = make_conninfo(services.admin_url, dbname=database)
    with psycopg.connect(url, autocommit=True) as admin:
        for (name,) in admin.execute(_CATALOGS).fetchall():
            admin.execute(sql.SQL("VACUUM pg_catalog.{}").format(sql.Identifier(name)))
