"""Readiness checks that need no app; apps register theirs beside these."""

from __future__ import annotations

from django.db import connection


def database_answers() -> None:
    """Return if the database answers this process's own role.

    Raises:
        django.db.Error: it does not.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
