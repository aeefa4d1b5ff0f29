"""The second step of a sign-in with a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from sso.second_factors.pages.forms import ShowForm, show_context
from sso.second_factors.pages.setting_up import app_page, passkey_page
from sso.second_factors.selectors import factors_of
from sso.second_factors.sign_ins import end_pending, pending_user
from sso.sign_in.pages.access import sign_in_page
from sso.sign_in.pages.login import signed_in
from sso.sign_in.services.sign_ins import sign_in_with_password

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from rbac.models import User
    from sso.second_factors.models import FactorKind

_EXPIRED = "Sign in again: the second step took too long, or your password has changed."
_WITH_PASSKEY = "passkey"


@sensitive_post_parameters("code", "passkey")
@sign_in_page
def show(request: HttpRequest) -> HttpResponseBase:
    """Ask for a second factor, and sign in whoever shows theirs."""
    user = pending_user(request)
    if user is None:
        return _begin_anew(request)
    if not factors_of(user).exists():
        return redirect("second-factor-set-up")
    form = ShowForm(request.POST or None)
    kind = form.shown(request, user) if request.method == "POST" else None
    if kind is not None:
        return _complete(request, user, kind)
    context = show_context(request, user, form)
    return TemplateResponse(request, "second_factors/sign_in.html", context)


@sensitive_post_parameters("code", "passkey")
@sign_in_page
def set_up(request: HttpRequest) -> HttpResponseBase:
    """Have somebody set a second factor up whose tenant requires one, and sign them in by it."""
    user = pending_user(request)
    if user is None:
        return _begin_anew(request)
    if factors_of(user).exists():
        return redirect("second-factor")
    page = passkey_page if _WITH_PASSKEY in request.GET else app_page

    def done(kind: FactorKind) -> HttpResponseBase:
        # Whoever loses a second factor without recovery codes needs somebody else.
        return _complete(request, user, kind, then=reverse("account-recovery-codes"))

    return page(request, user, "second_factors/set_up.html", done, is_first=True)


def _complete(
    request: HttpRequest, user: User, kind: FactorKind, *, then: str = ""
) -> HttpResponse:
    next_page = end_pending(request)
    if not sign_in_with_password(request, user, second_factor=kind):
        return _begin_anew(request)
    return signed_in(request, user, then or next_page)


def _begin_anew(request: HttpRequest) -> HttpResponse:
    end_pending(request)
    messages.error(request, _EXPIRED)
    return redirect(reverse("login"))
