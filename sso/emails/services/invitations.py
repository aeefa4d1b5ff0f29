"""Sending invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from rbac.services.invitations import invitation_link
from sso.emails.services.outbox import queue_email
from tenants.context import current_tenant

if TYPE_CHECKING:
    from rbac.models import Invitation


def send_invitation(invitation: Invitation, token: str) -> None:
    """Queue the e-mail with an invitation's link, in the open transaction."""
    if not settings.SENDS_EMAIL:
        return
    tenant = current_tenant()
    scheme = "https" if settings.SECURE else "http"
    link = invitation_link(tenant, token, scheme=scheme, port=settings.PUBLIC_PORT)
    queue_email(
        to=invitation.email,
        subject="You are invited",
        template="invitation",
        context={"invitation": invitation, "link": link},
    )
