"""Signing out at the provider too, after the session here has ended."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect

from iac_platform.common.errors import DomainError
from sso.federation.addresses import base_url
from sso.federation.logout import only_here
from sso.federation.protocols import Purpose
from sso.federation.sending import sent_by_page
from sso.oidc import selectors
from sso.oidc.pages.browsers import COOKIE
from sso.oidc.protocol.logout import logout_url
from sso.oidc.services.provider_client import PROVIDER_CALLS, ProviderClient
from sso.oidc.sign_ons.requests import remember_request, secret_for_logout
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from sso.oidc.models import OidcConfiguration

_STATE_BYTES = 32


def leave(request: HttpRequest, configuration: OidcConfiguration, id_token: str) -> HttpResponse:
    """Send the browser to the provider, which ends its session and sends it back.

    Where it has no place for that, or cannot be asked, the person is signed out here all the same.

    Args:
        request: of the browser, which has signed out.
        configuration: of the provider that had opened the session.
        id_token: the last one of the session.
    """
    # A new one: what this browser began before, and has not finished, ends with the sign-out.
    secret = COOKIE.new_secret()
    try:
        url = _logout_url(request, configuration, id_token, secret)
    except DomainError:
        url = ""
    if url:
        response = sent_by_page(request, configuration.name, url)
    else:
        messages.warning(request, only_here(configuration.name))
        response = redirect("login")
    COOKIE.give(response, secret)
    return response


def _logout_url(
    request: HttpRequest, configuration: OidcConfiguration, id_token: str, secret: str
) -> str:
    """Where the browser is sent, with a request that is kept for it; empty where it cannot be."""
    with PROVIDER_CALLS.taken(current_tenant_id()):
        metadata = ProviderClient(configuration).metadata()
    if not metadata.end_session_endpoint or not id_token:
        return ""
    state = secrets.token_urlsafe(_STATE_BYTES)
    uris = selectors.logout_uris(configuration.slug, base_url(request))
    remember_request(
        configuration, secret=secret_for_logout(secret), state=state, purpose=Purpose()
    )
    return logout_url(
        metadata,
        client_id=configuration.client_id,
        id_token=id_token,
        return_uri=uris["post_logout_redirect_uri"],
        state=state,
    )
