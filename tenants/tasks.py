"""The background jobs of all rooms, which procrastinate looks for here."""

from tenants.operations import tasks

__all__ = ["tasks"]
