"""What the login page says of SAML: a button for each identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from sso.saml import selectors
from sso.sign_in.links import SignOnLink

if TYPE_CHECKING:
    from collections.abc import Iterator


def sign_on_links() -> Iterator[SignOnLink]:
    """One for each configuration of the current tenant that is switched on."""
    for configuration in selectors.enabled_configurations():
        url = reverse("saml-login", kwargs={"slug": configuration.slug})
        yield SignOnLink(configuration.name, url)
