"""Confirming with a second factor who sits at a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from sso.second_factors.pages.forms import ShowForm, show_context
from sso.sign_in.pages.access import account_page
from sso.sign_in.pages.landing import NEXT, asked_for
from sso.sign_in.recent import note_authentication

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@sensitive_post_parameters("code", "passkey")
@account_page
def confirm(request: HttpRequest) -> HttpResponseBase:
    """Ask for a second factor, and lead on to the page that needs it."""
    user: Any = request.user
    next_page = asked_for(request) or reverse("account")
    form = ShowForm(request.POST or None)
    if request.method == "POST" and form.shown(request, user) is not None:
        note_authentication(request.session)
        return redirect(next_page)
    context = {**show_context(request, user, form), NEXT: next_page}
    return TemplateResponse(request, "second_factors/confirm.html", context)
