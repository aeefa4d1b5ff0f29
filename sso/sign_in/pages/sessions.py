"""Where one has signed in, and ending it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from sso.sign_in.browsers import described
from sso.sign_in.links import providers_of_sessions
from sso.sign_in.pages.access import account_page
from sso.sign_in.services.sessions import (
    is_current,
    revoke_other_sessions,
    revoke_session,
    sessions_of,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@account_page
def sessions(request: HttpRequest) -> HttpResponseBase:
    """The open sessions of whoever asks, this one first."""
    user: Any = request.user
    rows = list(sessions_of(user))
    providers = providers_of_sessions(each.pk for each in rows)
    shown = [
        {
            "row": each,
            "provider": providers.get(each.pk),
            "device": described(each.user_agent),
            "is_current": is_current(each, request.session),
        }
        for each in rows
    ]
    shown.sort(key=lambda each: not each["is_current"])
    context = {"sessions": shown, "has_others": len(shown) > 1}
    return TemplateResponse(request, "sign_in/account/sessions.html", context)


@require_POST
@account_page
def revoke(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """End one of one's own sessions."""
    user: Any = request.user
    revoke_session(get_object_or_404(sessions_of(user), pk=pk), actor=user)
    messages.success(request, "The session has ended.")
    return redirect("account-sessions")


@require_POST
@account_page
def revoke_others(request: HttpRequest) -> HttpResponseBase:
    """End all of one's sessions but this one."""
    user: Any = request.user
    ended = revoke_other_sessions(user, request.session)
    messages.success(request, f"{ended} other session{'' if ended == 1 else 's'} ended.")
    return redirect("account-sessions")
