"""A provider that every test here may have misbehave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sso.oidc.provider_at_hand import ProviderAtHand

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def provider() -> Iterator[ProviderAtHand]:
    """One that behaves, until it is told otherwise."""
    with ProviderAtHand().running() as started:
        yield started
