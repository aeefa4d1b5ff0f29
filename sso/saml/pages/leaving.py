"""Signing out at the identity provider too, after the session here has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone

from iac_platform.common.errors import DomainError
from sso.federation.addresses import base_url
from sso.federation.logout import here_and_there, only_here
from sso.saml import selectors
from sso.saml.pages.browsers import COOKIE
from sso.saml.pages.sending import sent_by_page
from sso.saml.protocol.logout import logout_request
from sso.saml.sign_ons.back_channel import end_there
from sso.saml.sign_ons.logouts import session_named_by
from sso.saml.sign_ons.requests import remember_request, secret_for_logout

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from sso.saml.models import SamlSession
    from sso.saml.protocol.bindings import Outgoing


def leave(request: HttpRequest, row: SamlSession) -> HttpResponse:
    """Send the browser to the identity provider with a LogoutRequest; it comes back to the SLO URL.

    Args:
        request: of the browser, which has signed out.
        row: of the session that it had; the row is gone.
    """
    # A new one: what this browser began before, and has not finished, ends with the sign-out.
    secret = COOKIE.new_secret()
    try:
        outgoing = _asked(request, row, secret)
    except DomainError:
        response = _left(request, row)
        COOKIE.give(response, secret)
        return response
    response = sent_by_page(request, row.configuration, outgoing)
    COOKIE.give(response, secret)
    return response


def _left(request: HttpRequest, row: SamlSession) -> HttpResponse:
    """Ask by SOAP where the browser cannot; the person is signed out here all the same."""
    name = row.configuration.name
    try:
        end_there(row, base_url(request))
    except DomainError:
        messages.warning(request, only_here(name))
    else:
        messages.success(request, here_and_there(name))
    return redirect("login")


def _asked(request: HttpRequest, row: SamlSession, secret: str) -> Outgoing:
    """A LogoutRequest on its way, written down for this browser."""
    outgoing = logout_request(
        selectors.service_provider(row.configuration, base_url(request)),
        selectors.identity_provider(row.configuration),
        session_named_by(row),
        now=timezone.now(),
    )
    remember_request(
        row.configuration,
        secret=secret_for_logout(secret),
        request_id=outgoing.message_id,
    )
    return outgoing
