"""The one kind of failure that load tests report."""

from __future__ import annotations


class LoadTestError(Exception):
    """A load test cannot be run or read; the message is one line that says what to do."""
