"""How a process learns that the database let it read but not write."""

from __future__ import annotations

from psycopg import errors


def is_refused_write(error: BaseException | None) -> bool:
    """Whether an error came of a statement in a read-only transaction (SQLSTATE 25006).

    Django and its sessions wrap the driver's error, more than once and not always with a cause.
    """
    while error is not None:
        if isinstance(error, errors.ReadOnlySqlTransaction):
            return True
        error = error.__cause__ or error.__context__
    return False
