from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

_PLENTY = {"requests": 10_000_000, "seconds": 60}
NO_RATE_LIMITS = {
    "DOMAIN_CHECKS": {"checks": 10_000_000, "seconds": 60},
    "SAML_METADATA_FETCHES": {"fetches": 10_000_000, "seconds": 60},
    "RATE_LIMITS": {
        "anonymous": {"address": _PLENTY},
        "default": {"principal": _PLENTY, "tenant": _PLENTY},
    },
}


@pytest.fixture(autouse=True)
def no_rate_limits(settings: Settings) -> None:
    """Suites ask more in a minute than any plan grants; limits have tests of their own."""
    for name, value in NO_RATE_LIMITS.items():
        setattr(settings, name, value)
