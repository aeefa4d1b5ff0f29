"""What a sign-on must be able to write down: without it nobody is let in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import DatabaseError, InterfaceError

from iac_platform.common.database_failures import failure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def refusing_without_database(refusal: Callable[[], Exception]) -> Iterator[None]:
    """Raise a refusal where the database cannot be asked; defects of ours stay what they are."""
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        if failure_of(error) is None:
            raise
        raise refusal() from error
