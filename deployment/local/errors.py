"""The one kind of failure that local services report."""

from __future__ import annotations


class LocalServiceError(Exception):
    """A local service cannot be had; the message is one line that says what to do."""
