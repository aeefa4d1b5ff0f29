"""What people are shown whose sign-on or logout is refused, by SAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404

from sso.federation import refusals
from sso.saml import selectors
from sso.saml.sign_ons.identities import provider_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from iac_platform.common.errors import DomainError
    from sso.saml.models import SamlConfiguration


def configuration_or_404(slug: str) -> SamlConfiguration:
    """The configuration that an address names.

    Raises:
        Http404: there is none, or it is switched off; which of them, nobody is told.
    """
    configuration = selectors.configuration_by_slug(slug)
    if configuration is None:
        raise Http404
    return configuration


def refused(
    request: HttpRequest, configuration: SamlConfiguration, refusal: DomainError, **known: Any
) -> HttpResponse:
    """The page that says so; see ``sso.federation.refusals``."""
    return refusals.refused(request, provider_of(configuration), refusal, **known)


def only_here(name: str) -> str:
    """What somebody reads who has signed out here, and perhaps not at the identity provider."""
    return f"You have signed out here. You may still be signed in at {name}."


def here_and_there(name: str) -> str:
    """What they read if they have."""
    return f"You have signed out, here and at {name}."
