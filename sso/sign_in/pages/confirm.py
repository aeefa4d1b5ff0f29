"""Showing once more who one is, before something that outlives the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth import logout
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

SIGN_ON = "sign_on"
"""The name of the buttons by which people sign on again."""

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from sso.sign_in.links import SignOnLink


@sensitive_post_parameters("current")
@account_page
def confirm(request: HttpRequest) -> HttpResponseBase:
    """Ask for a second factor, the password or a new sign-on, and lead on to what needs it."""
    user: Any = request.user
    next_page = asked_for(request) or reverse("account")
    second_factor = SECOND_FACTORS.get().confirmation_url(user)
    # Whoever has a second factor shows that: a password may be known to somebody else.
    has_password = signs_in_by_password(user) and not second_factor
    links = [] if has_password or second_factor else sign_on_links()
    if request.method == "POST" and (link := _chosen(request, links)) is not None:
        return _sign_on_again(request, link, next_page)
    form = CurrentPasswordForm(request.POST or None)
    if has_password and form.is_valid() and _is_password(request, form):
        note_authentication(request.session)
        return redirect(next_page)
    context = {
        "form": form if has_password else None,
        "second_factor": f"{second_factor}?{urlencode({NEXT: next_page})}" if second_factor else "",
        "links": links,
        NEXT: next_page,
    }
    return TemplateResponse(request, "sign_in/account/confirm.html", context)


def _chosen(request: HttpRequest, links: list[SignOnLink]) -> SignOnLink | None:
    return next((each for each in links if each.url == request.POST.get(SIGN_ON)), None)


def _sign_on_again(request: HttpRequest, link: SignOnLink, next_page: str) -> HttpResponse:
    """End the session here, and lead to the identity provider, which begins another one."""
    logout(request)
    context = {"link": link, NEXT: next_page}
    return TemplateResponse(request, "sign_in/continue.html", context)


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
