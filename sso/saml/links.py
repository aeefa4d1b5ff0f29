"""Which identity providers the current tenant has: for its login page, and for provisioning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from sso.provisioning.models import ProviderKind
from sso.saml import selectors
from sso.saml.models import SamlConfiguration
from sso.sign_in.links import SignOnLink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


def sign_on_links() -> Iterator[SignOnLink]:
    """One for each configuration of the current tenant that is switched on."""
    for configuration in selectors.enabled_configurations():
        url = reverse("saml-login", kwargs={"slug": configuration.slug})
        yield SignOnLink(configuration.name, url, ProviderKind.SAML, configuration.pk)


def name_of(configuration_id: UUID) -> str | None:
    """What people call an identity provider, switched on or not; None where there is none."""
    rows = SamlConfiguration.objects.filter(pk=configuration_id)
    name: str | None = rows.values_list("name", flat=True).first()
    return name
