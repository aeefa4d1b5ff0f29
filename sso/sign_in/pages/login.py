"""Signing in, and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import authenticate, logout
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters

from iac_platform.common.errors import DomainError
from iac_platform.gateway.problems.translation import problem_of
from sso.sign_in.backends import LONGEST_NAME
from sso.sign_in.devices import remember_device
from sso.sign_in.links import domain_of, links_by_domain, sign_on_links, sign_outs
from sso.sign_in.pages.access import sign_in_page
from sso.sign_in.pages.forms import PageForm, password_field, username_field
from sso.sign_in.pages.landing import NEXT, asked_for, landing
from sso.sign_in.second_factors import SECOND_FACTORS
from sso.sign_in.selectors import sign_in_policy
from sso.sign_in.services.sign_ins import needs_second_factor, sign_in_with_password

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from rbac.models import User

SINGLE_SIGN_ON = "single_sign_on"
"""The name of the button by which people are led to their identity provider."""

# It depends on the domain alone: whether there is such an account, nobody looks.
_NO_PROVIDER = "No identity provider is set up for this address. Choose another way to sign in."
# One text for every reason: it does not tell whether there is such an account.
_WRONG = "The username or the password is wrong. In passwords, capital and small letters differ."


class SignInForm(PageForm):
    """Name and password."""

    username = username_field()
    password = password_field("current-password", "Password")


@sensitive_post_parameters("password")
@sign_in_page
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Show the form, or sign somebody in and lead them on."""
    if request.user.is_authenticated and request.method != "POST":
        return redirect(landing(request, request.user))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and (SINGLE_SIGN_ON in request.POST or not _has_password(request)):
        return _led_on(request, form)
    if form.is_valid():
        try:
            user = authenticate(request, **form.cleaned_data)
        except DomainError as refusal:
            return _refused(request, form, refusal)
        if user is not None and needs_second_factor(user):
            return redirect(SECOND_FACTORS.get().begin(request, user, asked_for(request)))
        if user is not None and sign_in_with_password(request, user):
            return signed_in(request, user)
        form.add_error(None, _WRONG)
    return _page(request, form)


def _has_password(request: HttpRequest) -> bool:
    return bool(request.POST.get("password"))


def _led_on(request: HttpRequest, form: SignInForm) -> HttpResponse:
    """Lead somebody to the identity provider of their address; without one, ask again."""
    domain = domain_of(request.POST.get("username", "")[:LONGEST_NAME])
    link = links_by_domain(sign_on_links()).get(domain)
    if link is not None:
        context = {"link": link, NEXT: asked_for(request)}
        return TemplateResponse(request, "sign_in/continue.html", context)
    if SINGLE_SIGN_ON in request.POST:
        form.fields["password"].required = False
        form.add_error("username", _NO_PROVIDER)
    return _page(request, form)


def _refused(request: HttpRequest, form: SignInForm, refusal: DomainError) -> HttpResponse:
    form.show(refusal)
    problem = problem_of(refusal)
    answer = _page(request, form, problem.status if problem else 400)
    for name, value in problem.headers.items() if problem else ():
        answer.headers[name] = value
    return answer


def signed_in(request: HttpRequest, user: User, next_page: str = "") -> HttpResponse:
    """Lead somebody on whose session has begun, and know their browser again from now on."""
    answer = HttpResponseRedirect(next_page or landing(request, user))
    remember_device(request, answer, user)
    return answer


def _page(request: HttpRequest, form: SignInForm, status: int = 200) -> HttpResponse:
    links = sign_on_links()
    by_address = bool(links_by_domain(links))
    if by_address:
        form.fields["username"].label = "Username or e-mail address"
    context = {
        "form": form,
        NEXT: asked_for(request),
        "links": links,
        "by_address": by_address,
        # Break-glass accounts need the form, so it is there all the same; open, where it failed.
        "password_tried": _has_password(request) or "password" in form.errors,
        "providers_first": bool(links) and sign_in_policy().requires_sso,
    }
    return TemplateResponse(request, "sign_in/login.html", context, status=status)


@sign_in_page
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Ask, or sign out: another site can make a browser follow a link, but not press a button."""
    if request.method != "POST":
        return TemplateResponse(request, "sign_in/logout.html")
    elsewhere = sign_outs(request)
    logout(request)
    for answer in elsewhere:
        return answer()
    messages.success(request, "You have signed out.")
    return redirect("login")
