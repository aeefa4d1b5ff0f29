"""Adding background jobs to the one queue of the platform (procrastinate's tables).

A job is a row, added in the caller's transaction: it is rolled back with what asked for it, and
a worker hears of it when that commits. A job names rows by their ids, and is a call that may come
twice: a worker that is killed leaves it to the next one.
"""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

# Always Django's own connection, also in a worker, whose app has a pool of its own: what a task
# asks for must be part of the task's transaction.
_manager = JobManager(DjangoConnector())


def add_job(
    task: str,
    *,
    queue: str,
    priority: int = 0,
    queueing_lock: str | None = None,
    **arguments: str,
) -> None:
    """Add a job to a queue, in the open transaction.

    Args:
        task: the name of a task in some app's ``tasks.py``.
        queue: which workers do it.
        priority: jobs of a higher one go first; below 0 for what others must not wait for.
        queueing_lock: while a job with it waits, nothing is added.
        arguments: what the task is called with: ids of rows. The database adds ``tenant_id``, the
            tenant in whose scope the job was added, where the application role adds it.
    """
    job = Job(
        queue=queue,
        priority=priority,
        lock=None,
        queueing_lock=queueing_lock,
        task_name=task,
        task_kwargs={**arguments},
    )
    if queueing_lock is None:
        _manager.defer_job(job)
        return
    with suppress(AlreadyEnqueued), transaction.atomic():
        _manager.defer_job(job)
