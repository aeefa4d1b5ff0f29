"""What a tenant has bought, as far as the gateway needs to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.context import current_tenant

if TYPE_CHECKING:
    from django.http import HttpRequest


def plan_of(request: HttpRequest) -> str:  # noqa: ARG001  # the hook's signature
    """The name of the current tenant's plan, by which its rate limits are looked up."""
    return current_tenant().plan
