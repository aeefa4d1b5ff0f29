"""All that waits for the owner, done in one go. Runs as the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.database.roles import as_owner
from tenants.erasure import enqueue_due_deletions
from tenants.models import OperationKind, Placement, PlacementStatus
from tenants.operations.runner import run_queued
from tenants.provisioning.placements import make_placement
from tenants.provisioning.pools import open_ahead
from tenants.provisioning.services import activate_waiting, make_template

if TYPE_CHECKING:
    from collections.abc import Callable


def provision_pending(progress: Callable[[str], None] = lambda _line: None) -> int:
    """Make every pending placement, and the tenants that wait for one.

    Safe to run again after an interruption at any point. What fails is marked with its
    reason and does not hold up the rest.

    Args:
        progress: receives one line for each step.

    Returns:
        How many placements were made, operations ended and tenants activated.
    """
    with as_owner():
        made = make_template(progress)
        open_ahead()
        done = run_queued(progress, [OperationKind.PROVISION])
        pending = Placement.objects.filter(status=PlacementStatus.PENDING).order_by("pk")
        made += sum(make_placement(placement, progress) for placement in pending)
        return made + done + activate_waiting(progress)


def drain_queue(progress: Callable[[str], None] = lambda _line: None) -> int:
    """Do all that waits for the owner: provisioning, moves, deletions whose time has come.

    Args:
        progress: receives one line for each step.

    Returns:
        How much was done; see :func:`provision_pending`.
    """
    with as_owner():
        provisioned = provision_pending(progress)
        enqueue_due_deletions()
        return provisioned + run_queued(progress)
