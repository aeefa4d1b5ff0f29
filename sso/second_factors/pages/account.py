"""One's own second factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters

from iac_platform.admin.forms import wording
from iac_platform.common.errors import DomainError
from sso.second_factors.pages.setting_up import app_page, passkey_page
from sso.second_factors.selectors import app_of, factors_of, recovery_codes_left
from sso.second_factors.services.factors import remove_factor
from sso.second_factors.services.recovery_codes import new_recovery_codes
from sso.sign_in.pages.access import account_page, confirmed_page
from sso.sign_in.selectors import signs_in_by_password

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@account_page
def factors(request: HttpRequest) -> HttpResponseBase:
    """The second factors that one has, and how many recovery codes are left."""
    user: Any = request.user
    context = {
        "factors": list(factors_of(user)),
        "has_app": app_of(user) is not None,
        "codes_left": recovery_codes_left(user),
        "has_password": signs_in_by_password(user),
    }
    return TemplateResponse(request, "second_factors/account.html", context)


@sensitive_post_parameters("code")
@confirmed_page
def add_app(request: HttpRequest) -> HttpResponseBase:
    """Set an authenticator app up; it replaces the one before."""
    user: Any = request.user
    return app_page(request, user, "second_factors/app.html", lambda _: _added(request))


@sensitive_post_parameters("passkey")
@confirmed_page
def add_passkey(request: HttpRequest) -> HttpResponseBase:
    """Have the browser make a passkey."""
    user: Any = request.user
    return passkey_page(request, user, "second_factors/passkey.html", lambda _: _added(request))


@confirmed_page
def recovery_codes(request: HttpRequest) -> HttpResponseBase:
    """Ask, or make new recovery codes and show them for the only time."""
    user: Any = request.user
    if not factors_of(user).exists():
        return redirect("account-second-factors")
    codes = new_recovery_codes(user) if request.method == "POST" else []
    context = {"codes": codes, "codes_left": recovery_codes_left(user)}
    return TemplateResponse(
        request,
        "second_factors/recovery_codes.html",
        context,
        headers={"Cache-Control": "no-store"},
    )


@confirmed_page
def remove(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Ask, or remove one of one's second factors."""
    user: Any = request.user
    factor = get_object_or_404(factors_of(user), pk=pk)
    if request.method != "POST":
        return TemplateResponse(request, "second_factors/remove.html", {"factor": factor})
    try:
        remove_factor(factor, actor=user, browser=request.session)
    except DomainError as refusal:
        messages.error(request, wording(refusal))
    else:
        messages.success(request, f"{factor} is removed. Your other sessions have ended.")
    return redirect("account-second-factors")


def _added(request: HttpRequest) -> HttpResponse:
    """On to the recovery codes, where there are none yet."""
    user: Any = request.user
    messages.success(request, "The second factor is set up. You are asked for one at each sign-in.")
    has_codes = recovery_codes_left(user)
    return redirect("account-second-factors" if has_codes else "account-recovery-codes")
