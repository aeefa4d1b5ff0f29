"""Suites fetch metadata, and are refused, more often than a tenant may; limits have own tests."""

from __future__ import annotations

import pytest

from sso.login_events import services
from tests.api.limits import no_rate_limits

__all__ = ["no_rate_limits"]


@pytest.fixture(autouse=True)
def _every_refusal_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_UNSOLICITED", 10_000)
    monkeypatch.setattr(services, "MOST_REFUSALS", 10_000)
    monkeypatch.setattr(services, "MOST_REFUSALS_OF_NETWORK", 10_000)
