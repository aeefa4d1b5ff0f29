"""A client of the admin: somebody who has signed in at a tenant's host, or has not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from django.urls import reverse

from sso.sign_in.recent import note_authentication
from sso.sign_in.session_store import SessionStore
from tenants.context import tenant_scope
from tests.api_client import host_of

if TYPE_CHECKING:
    from django.db.models import Model

    from rbac.models import User
    from tenants.models import Tenant


class AdminClient(Client):
    """Django's test client at a tenant's host, with a session of ``user`` if there is one."""

    def __init__(self, tenant: Tenant, user: User | None = None) -> None:
        super().__init__(HTTP_HOST=host_of(tenant))
        self.tenant = tenant
        self.user = user
        if user is not None:
            with tenant_scope(tenant):
                self._open_session(user)

    def _open_session(self, user: User) -> None:
        """Give the client a session of a user who signed in before: no sign-in is on record."""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        note_authentication(session)
        session.save()
        self.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""

    def page(self, name: str, /, *args: Any, **query: Any) -> str:
        """The text of an admin page, which must be there."""
        response = self.get(reverse(f"admin:{name}", args=args), query)
        assert response.status_code == 200, response
        return response.content.decode()

    def submit(self, name: str, /, *args: Any, **fields: Any) -> Any:
        """Send a form to an admin page."""
        return self.post(reverse(f"admin:{name}", args=args), fields)


def errors_of(response: Any) -> str:
    """What a form that was refused says; it must have been refused."""
    assert response.status_code == 200, response
    form = response.context["adminform"].form
    return " ".join(text for texts in form.errors.values() for text in texts)


def cells(*texts: str) -> str:
    """Cells of a table that stand side by side."""
    return "".join(f"<td>{text}</td>" for text in texts)


def without_titles(page: str) -> str:
    """A page without the titles that its tables' cells have where there is no room for a head."""
    return re.sub(r' data-label="[^"]*"', "", page)


def address_of(obj: Model, page: str = "change") -> str:
    """Where the admin shows an object."""
    opts = obj._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=[obj.pk])
