"""Taking the report of who holds what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from rbac.answers.review import COLUMNS, cells, review
from rbac.answers.sheets import BYTE_ORDER_MARK, lines
from rbac.models import User
from rbac.permissions import REVIEW_ACCESS
from rbac.policy import require_of
from rbac.services.audit import record
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iac_platform.common.audit import Actor


@transaction.atomic
def export_review(*, actor: Actor, marked: bool = True) -> Iterator[str]:
    """The report as CSV, and a note in the log of who took it.

    Args:
        actor: who takes it.
        marked: whether it begins with a byte order mark, by which Excel reads names right;
            not for a terminal.

    Returns:
        The header, then one piece for each batch of users, read as it is asked for.

    Raises:
        NotPermitted: the actor is a user who may not.
    """
    require_of(actor, REVIEW_ACCESS)
    record("access.review", current_tenant(), actor=actor)
    reader = actor if isinstance(actor, User) else None
    return _pieces(reader, BYTE_ORDER_MARK if marked else "")


def _pieces(reader: User | None, mark: str) -> Iterator[str]:
    yield mark + lines([COLUMNS])
    for batch in review(reader=reader):
        yield lines(map(cells, batch))
