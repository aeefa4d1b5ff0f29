"""Long work on tenants: requests queue it, the process that is the owner does it."""

from tenants.operations.queue import OperationInProgress, enqueue
from tenants.operations.report import Report
from tenants.operations.runner import run_one, run_queued

__all__ = ["OperationInProgress", "Report", "enqueue", "run_one", "run_queued"]
