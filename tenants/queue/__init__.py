"""Asking for work: in the transaction of the request, for a worker that does it later."""

from tenants.queue.report import Report
from tenants.queue.requests import OperationInProgress, enqueue

__all__ = ["OperationInProgress", "Report", "enqueue"]
