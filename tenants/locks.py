"""The order in which transactions take locks: one for all of them, so that none wait crosswise.

Two transactions that take the same two locks in different orders can wait for each other for
ever; PostgreSQL ends one of them after a second (``deadlock_timeout``), as an error that nobody
caused. So each lock has a stage, and a transaction takes no lock of an earlier stage than one
that it holds. A row that it holds already, or made itself, it may take again at any time.

Models say their stage by the attribute ``lock_stage``; advisory locks stand below. The page
``docs/locks.md`` explains the order, and ``tests/api/test_lock_order.py`` watches it.
"""

from __future__ import annotations

from enum import IntEnum


class LockStage(IntEnum):
    """When a lock is taken, the earliest first."""

    PLATFORM = 1  # A tenant's own row, then its placement, plan and domains.
    OPERATION = 2  # Work on a tenant.
    ACCESS = 3  # The tenant's stamp, and with it all that says who may do what.
    PEOPLE = 4  # A user, or the access under which one of the operator's staff is one.
    TOKENS = 5  # API tokens, the oldest first; invitations.
    CONTAINER = 6  # What the tenant's things lie in: projects.
    CONTENT = 7  # What the tenant owns.
    PART = 8  # What belongs to one of these: versions, tags.
    COUNTER = 9  # The counters of quotas, by the quota's name.
    AUDIT = 10  # The chain of the audit log, as the transaction commits.


# Of the tables that all tenants share.
SHARED_TABLES = {
    "operations": LockStage.OPERATION,
    "tenants": LockStage.PLATFORM,
    "placements": LockStage.PLATFORM,
    "service_plans": LockStage.PLATFORM,
    "domains": LockStage.PLATFORM,
    "audit_anchors": LockStage.AUDIT,
}
# How the stage of an advisory lock is told from its statement.
ADVISORY_LOCKS = (
    ("'tenants.choose_pool'", LockStage.PLATFORM),
    ("'domains of '", LockStage.PLATFORM),
    ("%(tenant)s::text", LockStage.AUDIT),
)
