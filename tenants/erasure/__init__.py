"""Deleting a tenant for good: rows, schema, cache, files, and last the tenant itself.

Runs as the owner, and may be killed and run again at any point.
"""

from tenants.erasure.due import enqueue_due_deletions
from tenants.erasure.handler import erase

__all__ = ["enqueue_due_deletions", "erase"]
