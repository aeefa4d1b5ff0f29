"""Where e-mail domains lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sso.email_domains.models import EmailDomain

if TYPE_CHECKING:
    from uuid import UUID


def providers_of_domains() -> dict[str, UUID]:
    """The current tenant's verified domains, each with the identity provider that it leads to."""
    verified = EmailDomain.objects.filter(verified_at__isnull=False).order_by()
    led = verified.values_list("domain", "provider_id")
    return {domain: provider_id for domain, provider_id in led if provider_id is not None}
