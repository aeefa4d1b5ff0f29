"""OpenID Connect as a protocol of sign-on, and where its sign-ons begin."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING, Final

from django.http import HttpResponseRedirect

from sso.federation.addresses import base_url
from sso.federation.linking import begin_link
from sso.federation.login import begin_sign_on
from sso.federation.protocols import SignOnProtocol
from sso.federation.sending import sent_by_page
from sso.oidc import selectors
from sso.oidc.models.configuration import OFFLINE
from sso.oidc.models.sign_on import MAX_NEXT_PAGE
from sso.oidc.pages.browsers import COOKIE
from sso.oidc.permissions import UPDATE_OIDC_CONFIGURATION
from sso.oidc.protocol.requests import AuthorizationRequest, authorization_url
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.providers import vendor_of_issuer, vendor_of_preset
from sso.oidc.services.provider_client import PROVIDER_CALLS, ProviderClient
from sso.oidc.sign_ons.identities import provider_of
from sso.oidc.sign_ons.requests import remember_request
from sso.oidc.sign_ons.sessions import lock_unchanged
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from sso.federation.protocols import Purpose
    from sso.oidc.models import OidcConfiguration
    from sso.provisioning.external import Provider

_STATE_BYTES = 32


class OidcProtocol(SignOnProtocol):
    """See ``sso.federation.protocols``."""

    cookie = COOKIE
    login_attempts = "oidc-request"
    max_next_page = MAX_NEXT_PAGE
    update_permission = UPDATE_OIDC_CONFIGURATION

    def enabled_configuration(self, slug: str) -> OidcConfiguration | None:
        """One that lacks its client secret is none."""
        return selectors.configuration_by_slug(slug)

    def configuration_under_test(self, slug: str) -> OidcConfiguration | None:
        """Likewise."""
        return selectors.configuration_under_test(slug)

    def provider_of(self, configuration: OidcConfiguration) -> Provider:
        """By the configuration's preset."""
        return provider_of(configuration)

    def unsolicited(self, reason: str) -> OidcError:
        """By its own rule."""
        return OidcError(Rule.UNSOLICITED, reason)

    def lock_unchanged(self, configuration: OidcConfiguration) -> None:
        """See ``sign_ons.sessions``."""
        lock_unchanged(configuration)

    def send(
        self, request: HttpRequest, configuration: OidcConfiguration, secret: str, purpose: Purpose
    ) -> HttpResponse:
        """Send it with an authorization request: by a redirect, or as the answer to a form."""
        with PROVIDER_CALLS.taken(current_tenant_id()):
            metadata = ProviderClient(configuration).metadata()
        authorization = AuthorizationRequest.derive(secret, secrets.token_urlsafe(_STATE_BYTES))
        url = authorization_url(
            metadata,
            selectors.client(configuration, base_url(request)),
            authorization,
            scopes=tuple(configuration.scopes),
            extra=_extra(configuration, purpose),
        )
        remember_request(configuration, secret=secret, state=authorization.state, purpose=purpose)
        if purpose.is_sign_on:
            return HttpResponseRedirect(url)
        return sent_by_page(request, configuration.name, url)


def _extra(configuration: OidcConfiguration, purpose: Purpose) -> Mapping[str, str]:
    """Parameters that not every request has."""
    if purpose.linked_in:
        return vendor_of_issuer(configuration.issuer).reauthentication
    if OFFLINE in configuration.scopes:
        return vendor_of_preset(configuration.preset).offline
    return {}


OIDC: Final = OidcProtocol()
login = partial(begin_sign_on, OIDC)
link = partial(begin_link, OIDC)
