"""Links that answers hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http.request import split_domain_port

from rbac.services.invitations import invitation_link

if TYPE_CHECKING:
    from rest_framework.request import Request

    from tenants.models import Tenant


def link_for(tenant: Tenant, token: str, request: Request) -> str:
    """The link of an invitation, at the scheme and port that were asked: tenants share them."""
    _, port = split_domain_port(request.get_host())
    return invitation_link(tenant, token, scheme=str(request.scheme), port=str(port))
