from __future__ import annotations

from tests.api.limits import no_rate_limits

__all__ = ["no_rate_limits"]
