"""Suites fetch metadata more often than a tenant may; the limits have tests of their own."""

from tests.api.limits import no_rate_limits

__all__ = ["no_rate_limits"]
