"""A command line that signs its person in by a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sso.oauth.models import DeviceAuthorization
from tenants.context import tenant_scope
from tests.sso.visitors import Visitor

if TYPE_CHECKING:
    from datetime import timedelta

    from django.test import Client

    from tenants.models import Tenant

TOKEN = "/api/v1/oauth/token"
START = "/api/v1/oauth/device_authorization"
DEVICE = "/device/"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
FORM = "application/x-www-form-urlencoded"
CLIENT = "iac-cli"


class CommandLine(Visitor):
    """A program without a browser, at a tenant's host."""

    def start(self, **given: str) -> Any:
        """Ask for a token; the codes."""
        answer = self.ask(START, client_id=CLIENT, **given)
        assert answer.status_code == 200, answer.content
        assert answer["Cache-Control"] == "no-store"
        return answer.json()

    def poll(self, codes: Any, **changes: str) -> Any:
        """Ask whether somebody has approved it."""
        form = {"grant_type": GRANT, "device_code": codes["device_code"], "client_id": CLIENT}
        return self.ask(TOKEN, **{**form, **changes})

    def ask(self, path: str, **form: str) -> Any:
        """Post a form."""
        return self.post(path, urlencode(form), FORM)


def error_of(answer: Any) -> str:
    """What OAuth calls the refusal."""
    assert answer.status_code == 400, answer.content
    assert answer["Cache-Control"] == "no-store"
    return str(answer.json()["error"])


def decide(browser: Client, codes: Any, decision: str = "approve", **given: str) -> Any:
    """Press a button of the page of the device."""
    form = {"user_code": codes["user_code"], "name": "laptop", "lifetime": "604800"}
    return browser.post(DEVICE, {**form, "decision": decision, **given})


def wait(tenant: Tenant, span: timedelta) -> None:
    """Let time pass for every device that waits."""
    with tenant_scope(tenant):
        for each in DeviceAuthorization.objects.all():
            each.expires_at -= span
            each.polled_at = each.polled_at - span if each.polled_at else None
            each.save()
