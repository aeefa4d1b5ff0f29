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
from sso.federation.protocols import Purpose
from sso.federation.refusals import refused
from sso.federation.sessions import keep_active, user_id_of
from sso.provisioning.services.identities import link_identity
from sso.sign_in.errors import ReauthenticationRequired
from sso.sign_in.pages.forms import CurrentPasswordForm
from sso.sign_in.services.reauthentication import require_reauthentication
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from rbac.models import User
    from sso.federation.protocols import SignOnProtocol
    from sso.provisioning.external import ExternalIdentity

_PAGE = "account-identities"


def begin_link(protocol: SignOnProtocol, request: HttpRequest, slug: str) -> HttpResponse:
    """Send somebody who has signed in to prove who they are at an identity provider."""
    configuration = protocol.configuration_or_404(slug)
    if is_elsewhere(request):
        # The answer comes to that host, and so must the cookie; there, they sign in first.
        return redirect(f"{base_url(request)}{reverse(_PAGE)}")
    user: Any = request.user
    try:
        require_reauthentication(request, user, password=_password_in(request))
        begin_attempt(protocol.login_attempts, request)
        purpose = Purpose(linked_in=open_session(request).pk)
        return protocol.start(request, configuration, purpose)
    except ReauthenticationRequired as refusal:
        messages.error(request, refusal.detail)
        return redirect(_PAGE)
    except DomainError as refusal:
        return refused(request, protocol.provider_of(configuration), refusal)


def _password_in(request: HttpRequest) -> str:
    form = CurrentPasswordForm(request.POST)
    return form.cleaned_data["current"] if form.is_valid() else ""


@transaction.atomic
def finish_link(
    protocol: SignOnProtocol,
    configuration: Any,
    external: ExternalIdentity,
    session_id: UUID | None,
) -> User:
    """Link a verified identity to the user of the session in which the linking began.

    Raises:
        DomainError: the session has ended, or the configuration is not what it was.
        SignOnRefused: see ``link_identity``.
    """
    user_id = user_id_of(session_id)
    if user_id is None:
        raise protocol.unsolicited("The session in which the linking began has ended.")
    user: User = link_identity(external, user_id=user_id).user
    keep_active(user)
    protocol.lock_unchanged(configuration)
    return user
