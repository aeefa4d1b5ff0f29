"""How a process learns that the database let it read but not write."""

from __future__ import annotations

from django.db import InternalError
from psycopg import errors


def is_refused_write(error: BaseException) -> bool:
    """Whether a statement failed because its transaction is read-only (SQLSTATE 25006)."""
    cause = error.__cause__
    return isinstance(error, InternalError) and isinstance(cause, errors.ReadOnlySqlTransaction)
