"""A provider that every test here may have misbehave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sso.oidc.provider_at_hand import ProviderAtHand

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _every_refusal_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """More are refused here in a minute than a tenant's log takes; that limit has its own test."""
    for limit in ("MOST_REFUSALS", "MAX_UNSOLICITED", "MOST_REFUSALS_OF_NETWORK"):
        monkeypatch.setattr(f"sso.login_events.services.{limit}", 100_000)


@pytest.fixture
def provider() -> Iterator[ProviderAtHand]:
    """One that behaves, until it is told otherwise."""
    with ProviderAtHand().running() as started:
        yield started
