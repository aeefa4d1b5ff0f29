from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connections

from tests.log_lines import log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from pytest_django import DjangoDbBlocker

SCRATCH = "scratch"
# Fixtures: pytest finds them by their names here.
__all__ = ["log"]


@pytest.fixture
def scratch(django_db_blocker: DjangoDbBlocker) -> Iterator[BaseDatabaseWrapper]:
    """An empty database in memory, for code that stands below the apps and their tables."""
    with django_db_blocker.unblock():
        connections.settings[SCRATCH] = connections.settings["default"] | {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": ":memory:",
            "OPTIONS": {},
        }
        connection = connections.create_connection(SCRATCH)
        connections[SCRATCH] = connection
        yield connection
        if connection.connection is not None:
            # Django's own close() keeps a database in memory open.
            connection.connection.close()
        del connections[SCRATCH]
        del connections.settings[SCRATCH]
