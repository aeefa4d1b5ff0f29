"""Changes at the same moment, on connections of their own, with everything committed."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from iac_platform.common.errors import DomainError
from tenants.context import tenant_scope
from tenants.database.roles import owner_connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant

    Action = Callable[[], Any]


def attempt(tenant: Tenant, action: Action, outcomes: list[str]) -> None:
    try:
        with tenant_scope(tenant):
            action()
        outcomes.append("done")
    except DomainError as refusal:
        outcomes.append(refusal.code)
    except Exception as failure:  # noqa: BLE001  # the test looks at it
        outcomes.append(repr(failure))
    finally:
        connections.close_all()


def at_once(tenant: Tenant, *actions: Action) -> list[str]:
    """Do these at the same moment; what came of each: done, or the code of the refusal."""
    outcomes: list[list[str]] = [[] for _ in actions]
    ready = threading.Barrier(len(actions))

    def begin(action: Action) -> Action:
        def run() -> None:
            connection.ensure_connection()
            ready.wait(timeout=60)
            action()

        return run

    threads = [
        threading.Thread(target=attempt, args=[tenant, begin(action), outcome])
        for action, outcome in zip(actions, outcomes, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcome[0] for outcome in outcomes]


_BLOCKED = """
    SELECT count(*) FROM pg_locks l
     WHERE NOT l.granted AND %s = ANY(pg_blocking_pids(l.pid))
"""


def overtaken(tenant: Tenant, *, first: Action, second: Action) -> str:
    """What comes of ``second`` when ``first`` commits while it waits for the lock.

    The second has read what it was called with before; that is what this is about.
    """
    outcome: list[str] = []
    thread = threading.Thread(target=attempt, args=[tenant, second, outcome])
    with tenant_scope(tenant), transaction.atomic():
        first()
        thread.start()
        _until_it_waits()
    thread.join()
    return outcome[0]


def _until_it_waits() -> None:
    """Return when somebody waits for a lock that this transaction holds.

    The owner looks: the application role sees nobody else's locks.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    deadline = timezone.now() + timedelta(seconds=60)
    with closing(owner_connection()) as owner, owner.cursor() as cursor:
        while timezone.now() < deadline:
            cursor.execute(_BLOCKED, [own])
            if cursor.fetchone()[0]:
                return
    pytest.fail("Nobody waited: the second change takes no lock that the first one holds.")
