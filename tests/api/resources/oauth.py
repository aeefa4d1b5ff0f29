"""What the suites know of devices: OAuth's endpoints have tests of their own (tests/sso/oauth)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sso.oauth.services.devices import approve_device, start_device
from sso.sign_in.models import Session

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture


def make(fixture: Fixture) -> dict[str, Any]:
    """A device that waits."""
    del fixture
    started = start_device(client_name="iac-cli", scopes=None, address="192.0.2.7")
    return {"device_authorization": started.authorization}


RIGHTS = ""
SAMPLES: dict[str, Any] = {}
SERVICES = {
    "devices.approve_device": lambda it, who: approve_device(
        it["device_authorization"],
        actor=who,
        session=Session(),
        token_name="laptop",
        token_expires_at=None,
    ),
}
