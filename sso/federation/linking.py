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
from sso.federation.sessions import keep_active, user_id_of
from sso.provisioning.services.identities import link_identity
from sso.sign_in.errors import ReauthenticationRequired
from sso.sign_in.pages.forms import CurrentPasswordForm
from sso.sign_in.services.reauthentication import require_reauthentication

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity, Provider

_PAGE = "account-identities"


def begin_link(
    request: HttpRequest, provider: Provider, *, begun: str, send: Callable[[], HttpResponse]
) -> HttpResponse:
    """Send somebody who has signed in to prove who they are at an identity provider.

    Args:
        request: of their browser.
        provider: where.
        begun: what sign-ons that begin are counted as.
        send: writes the request down and sends the browser on.
    """
    if is_elsewhere(request):
        # The answer comes to that host, and so must the cookie; there, they sign in first.
        return redirect(f"{base_url(request)}{reverse(_PAGE)}")
    user: Any = request.user
    try:
        require_reauthentication(request, user, password=_password_in(request))
        begin_attempt(begun, request)
        return send()
    except ReauthenticationRequired as refusal:
        messages.error(request, refusal.detail)
        return redirect(_PAGE)
    except DomainError as refusal:
        return refused(request, provider, refusal)


def _password_in(request: HttpRequest) -> str:
    form = CurrentPasswordForm(request.POST)
    return form.cleaned_data["current"] if form.is_valid() else ""


@transaction.atomic
def finish_link(
    external: ExternalIdentity,
    session_id: UUID | None,
    *,
    unsolicited: Callable[[str], DomainError],
    keep: Callable[[], None],
) -> User:
    """Have the user of the session that asked be who an answer is about.

    Args:
        external: who that is.
        session_id: in which the linking began.
        unsolicited: makes the protocol's refusal of what nobody waits for.
        keep: locks the configuration, or refuses if it is not what it was.

    Raises:
        DomainError: the session has ended, or ``keep`` refuses.
        SignOnRefused: see ``link_identity``.
    """
    user_id = user_id_of(session_id)
    if user_id is None:
        raise unsolicited("The session in which the linking began has ended.")
    user: User = link_identity(external, user_id=user_id).user
    keep_active(user)
    keep()
    return user
