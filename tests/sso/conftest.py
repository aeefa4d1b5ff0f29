"""What the suites of single sign-on have in common."""

from __future__ import annotations

import pytest

from sso.login_events import services


@pytest.fixture(autouse=True)
def _every_refusal_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """More are refused here in a minute than a tenant's log takes; these limits have own tests."""
    for limit in ("MOST_REFUSALS", "MAX_UNSOLICITED", "MOST_REFUSALS_OF_NETWORK"):
        monkeypatch.setattr(services, limit, 100_000)
