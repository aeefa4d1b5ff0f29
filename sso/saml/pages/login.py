"""Where a sign-on begins: the browser is sent to the identity provider with a request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.shortcuts import redirect
from django.utils import timezone

from iac_platform.common.errors import DomainError
from rbac.attempts import begin_attempt
from sso.federation.addresses import base_url, is_elsewhere
from sso.saml import selectors
from sso.saml.models.sign_on import MAX_RELAY_STATE
from sso.saml.pages import refusals
from sso.saml.pages.browsers import COOKIE
from sso.saml.pages.sending import sent
from sso.saml.protocol.requests import RequestOptions, authentication_request
from sso.saml.sign_ons.requests import remember_request
from sso.sign_in.pages.landing import NEXT, landing, safe_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.bindings import Outgoing

BEGUN = "saml-request"
"""What sign-ons that were begun are counted as."""


def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the browser to the identity provider; whoever has signed in already, on to the page."""
    configuration = refusals.configuration_or_404(slug)
    if request.user.is_authenticated:
        return redirect(landing(request, request.user))
    if is_elsewhere(request):
        return redirect(f"{base_url(request)}{request.get_full_path()}")
    try:
        begin_attempt(BEGUN, request)
        secret = COOKIE.secret_for(request)
        outgoing = _asked(request, configuration, secret)
    except DomainError as refusal:
        return refusals.refused(request, configuration, refusal)
    response = sent(request, configuration, outgoing)
    COOKIE.give(response, secret)
    return response


def options_of(configuration: SamlConfiguration) -> RequestOptions:
    """What a configuration asks of its identity provider."""
    return RequestOptions(
        force_authn=configuration.force_authn,
        name_id_format=configuration.name_id_format,
        authentication_contexts=tuple(configuration.authentication_contexts),
        prefer_post=configuration.prefers_post,
    )


def request_of(
    configuration: SamlConfiguration, base: str, *, force_authn: bool = False
) -> Outgoing:
    """A request for a sign-on, on its way.

    Args:
        configuration: of whose identity provider.
        base: what the tenant's own addresses begin with.
        force_authn: whether to have people prove who they are, whatever the configuration says.
    """
    options = options_of(configuration)
    return authentication_request(
        selectors.service_provider(configuration, base),
        selectors.identity_provider(configuration),
        now=timezone.now(),
        options=replace(options, force_authn=options.force_authn or force_authn),
    )


def _asked(request: HttpRequest, configuration: SamlConfiguration, secret: str) -> Outgoing:
    """A request on its way, written down for this browser."""
    outgoing = request_of(configuration, base_url(request))
    wanted = safe_page(request, request.GET.get(NEXT, ""))
    wanted = wanted if len(wanted) <= MAX_RELAY_STATE else ""
    remember_request(
        configuration, secret=secret, request_id=outgoing.message_id, relay_state=wanted
    )
    return outgoing
