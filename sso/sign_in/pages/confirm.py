"""Showing once more who one is, before something that outlives the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from iac_platform.common.errors import DomainError
from sso.sign_in.links import sign_on_links
from sso.sign_in.pages.access import account_page
from sso.sign_in.pages.forms import CurrentPasswordForm
from sso.sign_in.pages.landing import NEXT, asked_for
from sso.sign_in.recent import note_authentication
from sso.sign_in.second_factors import SECOND_FACTORS
from sso.sign_in.selectors import signs_in_by_password
from sso.sign_in.services.passwords import NOT_CURRENT, shows_own_password

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@sensitive_post_parameters("current")
@account_page
def confirm(request: HttpRequest) -> HttpResponseBase:
    """Ask for the password, a second factor or a new sign-on, and lead on to what needs it."""
    user: Any = request.user
    next_page = asked_for(request) or reverse("account")
    has_password = signs_in_by_password(user)
    form = CurrentPasswordForm(request.POST or None)
    if has_password and form.is_valid() and _is_password(request, form):
        note_authentication(request.session)
        return redirect(next_page)
    query = urlencode({NEXT: next_page})
    second_factor = SECOND_FACTORS.get().confirmation_url(user)
    context = {
        "form": form if has_password else None,
        "second_factor": f"{second_factor}?{query}" if second_factor else "",
        "links": [] if has_password else sign_on_links(),
        NEXT: next_page,
        "query": query,
    }
    return TemplateResponse(request, "sign_in/account/confirm.html", context)


def _is_password(request: HttpRequest, form: CurrentPasswordForm) -> bool:
    user: Any = request.user
    try:
        right = shows_own_password(user, form.cleaned_data["current"], request=request)
    except DomainError as refusal:
        form.show(refusal)
        return False
    if not right:
        form.add_error("current", NOT_CURRENT)
    return right
