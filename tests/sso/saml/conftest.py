"""Suites fetch metadata more often than a tenant may; the limit has a test of its own."""

from __future__ import annotations

from tests.api.limits import no_rate_limits

__all__ = ["no_rate_limits"]
