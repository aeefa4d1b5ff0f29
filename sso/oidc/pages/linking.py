"""Linking an identity to oneself: a sign-on that begins in a session, and signs nobody in.

What links is decided by the request that the browser took along, which only its cookie finds; it
names the session whose user asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse

from iac_platform.common.errors import DomainError
from rbac.attempts import begin_attempt
from sso.federation.addresses import base_url, is_elsewhere
from sso.federation.refusals import refused
from sso.federation.sending import sent_by_page
from sso.federation.sessions import keep_active, user_id_of
from sso.oidc.pages.browsers import COOKIE
from sso.oidc.pages.login import BEGUN, asked_at, configuration_or_404
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.sign_ons.identities import provider_of
from sso.oidc.sign_ons.sessions import keep_configuration
from sso.provisioning.services.identities import link_identity
from sso.sign_in.errors import ReauthenticationRequired
from sso.sign_in.pages.forms import CurrentPasswordForm
from sso.sign_in.services.reauthentication import require_reauthentication
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from rbac.models import User
    from sso.oidc.models import OidcConfiguration, OidcRequest
    from sso.provisioning.external import ExternalIdentity

_PAGE = "account-identities"


def begin_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Send somebody who has signed in to prove who they are at the provider."""
    configuration = configuration_or_404(slug)
    if is_elsewhere(request):
        # The answer comes to that host, and so must the cookie; there, they sign in first.
        return redirect(f"{base_url(request)}{reverse(_PAGE)}")
    user: Any = request.user
    try:
        require_reauthentication(request, user, password=_password_in(request))
        begin_attempt(BEGUN, request)
        return _sent(request, configuration)
    except ReauthenticationRequired as refusal:
        messages.error(request, refusal.detail)
        return redirect(_PAGE)
    except DomainError as refusal:
        return refused(request, provider_of(configuration), refusal)


def _password_in(request: HttpRequest) -> str:
    form = CurrentPasswordForm(request.POST)
    return form.cleaned_data["current"] if form.is_valid() else ""


def _sent(request: HttpRequest, configuration: OidcConfiguration) -> HttpResponse:
    secret = COOKIE.secret_for(request)
    url = asked_at(request, configuration, secret, linked_in=open_session(request).pk)
    response = sent_by_page(request, configuration.name, url)
    COOKIE.give(response, secret)
    return response


@transaction.atomic
def finish_link(
    configuration: OidcConfiguration, asked: OidcRequest, external: ExternalIdentity
) -> User:
    """Have the user of the session that asked be who the answer is about.

    Raises:
        OidcError: the session has ended, or the configuration is not what it was any more.
        SignOnRefused: see ``link_identity``.
    """
    user_id = user_id_of(asked.linked_in)
    if user_id is None:
        raise OidcError(Rule.UNSOLICITED, "The session in which the linking began has ended.")
    user: User = link_identity(external, user_id=user_id).user
    keep_active(user)
    keep_configuration(configuration)
    return user
