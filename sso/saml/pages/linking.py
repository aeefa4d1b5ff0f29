"""Linking an identity to oneself: a sign-on that begins in a session, and signs nobody in.

What links is decided by the request that the browser took along, which only its cookie finds; it
names the session whose user asked. The response comes from another site, with which no cookie of
the session is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse

from iac_platform.common.errors import DomainError
from rbac.attempts import begin_attempt
from sso.federation.addresses import base_url
from sso.federation.sessions import keep_active, user_id_of
from sso.provisioning.services.identities import link_identity
from sso.saml.pages import refusals
from sso.saml.pages.browsers import COOKIE
from sso.saml.pages.login import BEGUN, request_of
from sso.saml.pages.sending import sent_by_page
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.sign_ons.requests import remember_request
from sso.saml.sign_ons.sessions import keep_configuration
from sso.sign_in.errors import ReauthenticationRequired
from sso.sign_in.pages.forms import CurrentPasswordForm
from sso.sign_in.services.reauthentication import require_reauthentication
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity
    from sso.saml.models import SamlConfiguration, SamlRequest

_PAGE = "account-identities"


def begin_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Send somebody who has signed in to prove who they are at the identity provider."""
    configuration = refusals.configuration_or_404(slug)
    base = base_url(request)
    if base != f"{request.scheme}://{request.get_host()}":
        # The answer comes to that host, and so must the cookie; there, they sign in first.
        return redirect(f"{base}{reverse(_PAGE)}")
    user: Any = request.user
    try:
        require_reauthentication(request, user, password=_password_in(request))
        begin_attempt(BEGUN, request)
        return _sent(request, configuration, base)
    except ReauthenticationRequired as refusal:
        messages.error(request, refusal.detail)
        return redirect(_PAGE)
    except DomainError as refusal:
        return refusals.refused(request, configuration, refusal)


def _password_in(request: HttpRequest) -> str:
    form = CurrentPasswordForm(request.POST)
    return form.cleaned_data["current"] if form.is_valid() else ""


def _sent(request: HttpRequest, configuration: SamlConfiguration, base: str) -> HttpResponse:
    secret = COOKIE.secret_for(request)
    outgoing = request_of(configuration, base, force_authn=True)
    remember_request(
        configuration,
        secret=secret,
        request_id=outgoing.message_id,
        linked_in=open_session(request).pk,
    )
    response = sent_by_page(request, configuration, outgoing)
    COOKIE.give(response, secret)
    return response


@transaction.atomic
def finish_link(
    configuration: SamlConfiguration, asked: SamlRequest, external: ExternalIdentity
) -> User:
    """Have the user of the session that asked be who the response is about.

    Raises:
        SamlError: the session has ended, or the configuration is not what it was any more.
        SignOnRefused: see ``link_identity``.
    """
    user_id = user_id_of(asked.linked_in)
    if user_id is None:
        raise SamlError(Rule.UNSOLICITED, "The session in which the linking began has ended.")
    user: User = link_identity(external, user_id=user_id).user
    keep_active(user)
    keep_configuration(configuration)
    return user
