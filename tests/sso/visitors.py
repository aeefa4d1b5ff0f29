"""Browsers at a tenant's host, and what is left of sign-ons there."""

from __future__ import annotations

import secrets
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client

from sso.login_events.models import LoginEvent
from sso.sign_in.models import Session
from sso.sign_in.session_store import SessionStore
from tenants.context import tenant_scope
from tests.api_client import host_of

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant


class Visitor(Client):
    """A browser at a tenant's host, in a network of its own, where no other test has tried."""

    def __init__(self, tenant: Tenant, address: str = "") -> None:
        address = address or str(IPv4Address(secrets.randbits(24) | 10 << 24))
        super().__init__(HTTP_HOST=host_of(tenant), REMOTE_ADDR=address)
        self.tenant = tenant

    def secret(self) -> str:
        """The secret of the session's cookie; empty without one."""
        cookie = self.cookies.get(settings.SESSION_COOKIE_NAME)
        return cookie.value if cookie is not None else ""

    def user_id(self) -> str | None:
        """Who has signed in."""
        with tenant_scope(self.tenant):
            found: str | None = SessionStore(self.secret()).load().get(SESSION_KEY)
        return found


def events(tenant: Tenant) -> list[LoginEvent]:
    """The login log, oldest first."""
    with tenant_scope(tenant):
        return list(LoginEvent.objects.select_related("user").order_by("created_at"))


def sessions(tenant: Tenant, user: User) -> list[Session]:
    """Somebody's sessions."""
    with tenant_scope(tenant):
        return list(Session.objects.filter(user=user))
