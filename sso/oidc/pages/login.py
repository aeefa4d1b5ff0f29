"""Where a sign-on begins: the browser is sent to the provider with a request."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect

from iac_platform.common.errors import DomainError
from rbac.attempts import begin_attempt
from sso.federation.addresses import base_url, is_elsewhere
from sso.federation.refusals import refused
from sso.oidc import selectors
from sso.oidc.models.sign_on import MAX_NEXT_PAGE
from sso.oidc.pages.browsers import COOKIE
from sso.oidc.protocol.requests import AuthorizationRequest, authorization_url
from sso.oidc.providers import vendor_of_issuer
from sso.oidc.services.provider_client import PROVIDER_CALLS, ProviderClient
from sso.oidc.sign_ons.identities import provider_of
from sso.oidc.sign_ons.requests import remember_request
from sso.sign_in.pages.landing import NEXT, landing, safe_page
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from sso.oidc.models import OidcConfiguration

BEGUN = "oidc-request"
"""What sign-ons that were begun are counted as."""

_STATE_BYTES = 32


def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the browser to the provider; whoever has signed in already, on to the page."""
    configuration = configuration_or_404(slug)
    if request.user.is_authenticated:
        return redirect(landing(request, request.user))
    if is_elsewhere(request):
        return redirect(f"{base_url(request)}{request.get_full_path()}")
    wanted = safe_page(request, request.GET.get(NEXT, ""))
    secret = COOKIE.secret_for(request)
    try:
        begin_attempt(BEGUN, request)
        next_page = wanted if len(wanted) <= MAX_NEXT_PAGE else ""
        url = asked_at(request, configuration, secret, next_page=next_page)
    except DomainError as refusal:
        return refused(request, provider_of(configuration), refusal)
    response = HttpResponseRedirect(url)
    COOKIE.give(response, secret)
    return response


def configuration_or_404(slug: str) -> OidcConfiguration:
    """The configuration that an address names.

    Raises:
        Http404: there is none, or it is switched off; which of them, nobody is told.
    """
    configuration = selectors.configuration_by_slug(slug)
    if configuration is None:
        raise Http404
    return configuration


def asked_at(
    request: HttpRequest,
    configuration: OidcConfiguration,
    secret: str,
    *,
    next_page: str = "",
    tested_in: UUID | None = None,
    linked_in: UUID | None = None,
) -> str:
    """Where the browser is sent with a new request, which is written down for it.

    Args:
        request: of the browser.
        configuration: whose provider is asked.
        secret: what the browser's cookie holds.
        next_page: where the person goes then, on this host.
        tested_in: the session of an admin who only tests.
        linked_in: the session of somebody who links.
    """
    with PROVIDER_CALLS.taken(current_tenant_id()):
        metadata = ProviderClient(configuration).metadata()
    asked = AuthorizationRequest.derive(secret, secrets.token_urlsafe(_STATE_BYTES))
    url = authorization_url(
        metadata,
        selectors.client(configuration, base_url(request)),
        asked,
        scopes=tuple(configuration.scopes),
        extra=vendor_of_issuer(configuration.issuer).reauthentication if linked_in else {},
    )
    remember_request(
        configuration,
        secret=secret,
        state=asked.state,
        next_page=next_page,
        tested_in=tested_in,
        linked_in=linked_in,
    )
    return url
