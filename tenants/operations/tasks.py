"""Background jobs that only the owner role may do: work on tenants, and upkeep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from tenants.database.roles import as_owner
from tenants.models import Operation
from tenants.operations.runner import run_one
from tenants.operations.upkeep import drain_queue
from tenants.queue.requests import QUEUE, RUN_OPERATION, UPKEEP

if TYPE_CHECKING:
    from procrastinate.job_context import JobContext
    from procrastinate.manager import JobManager

log = structlog.get_logger(__name__)

EVERY_MINUTE, NIGHTLY = "* * * * *", "41 3 * * *"
KEEP_FAILED_HOURS = 30 * 24
"""How long a job that failed can be looked at."""


@app.task(name=RUN_OPERATION, queue=QUEUE)
def run_operation(*, operation_id: str, **_: Any) -> None:
    """Do one operation on a tenant, unless it has ended or another process does it."""
    with as_owner():
        operation = Operation.objects.filter(pk=operation_id).first()
        if operation is not None:
            run_one(operation, _log)


@app.periodic(cron=EVERY_MINUTE)
@app.task(name=UPKEEP, queue=QUEUE)
def upkeep(timestamp: int = 0, **_: Any) -> None:
    """Open pools ahead, queue deletions that are due, take up what a killed worker has left."""
    del timestamp  # when it was due: late is as good
    drain_queue(_log)


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="tenants.retry_stalled_jobs", queue=QUEUE, pass_context=True)
async def retry_stalled_jobs(context: JobContext, /, timestamp: int) -> None:
    """Queue the jobs of dead workers anew."""
    del timestamp
    await retry_stalled(context.app.job_manager)


@app.periodic(cron=NIGHTLY)
@app.task(name="tenants.remove_old_jobs", queue=QUEUE, pass_context=True)
async def remove_old_jobs(context: JobContext, /, timestamp: int) -> None:
    """Remove jobs that ended long ago: those that failed; the others went when they ended."""
    del timestamp
    await context.app.job_manager.delete_old_jobs(
        KEEP_FAILED_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


async def retry_stalled(manager: JobManager) -> None:
    """Queue jobs anew whose worker has given no sign of life for half a minute."""
    for job in await manager.get_stalled_jobs():
        log.warning("job_stalled", job=job.id, task=job.task_name)
        try:
            await manager.retry_job(job)
        except UniqueViolation:  # by its queueing lock: the next one of its kind waits already
            await manager.finish_job(job, Status.FAILED, delete_job=True)


def _log(line: str) -> None:
    log.info("provisioner", did=line)
