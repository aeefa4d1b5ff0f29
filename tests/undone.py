"""Trying many things on the same rows: each attempt is undone before the next one."""

from __future__ import annotations

from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

Things = TypeVar("Things")


@contextmanager
def undone(things: Things) -> Iterator[Things]:
    """Undo what the block does to the rows, and to the objects, of which it is given a copy."""
    with transaction.atomic():
        yield deepcopy(things)
        transaction.set_rollback(True)
