"""Approving a device: the code that it shows is typed, looked at, and approved or denied.

A link may bring the code along (``verification_uri_complete``), and never the approval: whoever
sends somebody such a link would have their token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.template.response import TemplateResponse

from iac_platform.common.errors import DomainError
from iac_platform.gateway.client_address import client_address
from rbac.attempts import begin_attempt
from rbac.permissions import CREATE_TOKEN
from sso.oauth.codes import typed
from sso.oauth.models import MAX_TOKEN_NAME
from sso.oauth.services.devices import approve_device, deny_device, pending_device
from sso.sign_in.pages.access import confirmed_page, require_page
from sso.sign_in.pages.forms import PageForm
from sso.sign_in.pages.tokens import LIFETIMES, MONTH, expiry_of
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from sso.oauth.models import DeviceAuthorization

APPROVE, DENY = "approve", "deny"
_MOST_TYPED = 40


class CodeForm(PageForm):
    """The code that the device shows."""

    user_code = forms.CharField(
        label="Code",
        max_length=_MOST_TYPED,
        help_text="The 8 letters that your device or command line shows.",
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class ApprovalForm(PageForm):
    """The token that the device gets."""

    name = forms.CharField(
        max_length=MAX_TOKEN_NAME,
        help_text="By which you find the token in your account.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    lifetime = forms.ChoiceField(choices=LIFETIMES, initial=MONTH, label="Expires after")


@confirmed_page
def device(request: HttpRequest) -> HttpResponseBase:
    """Ask for a code, show which device waits with it, and approve or deny it."""
    user: Any = request.user
    require_page(user, CREATE_TOKEN)
    if request.method != "POST":
        given = request.GET.get("user_code", "")[:_MOST_TYPED]
        return _code_page(request, CodeForm(initial={"user_code": given}))
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form)
    try:
        found = _device_with(request, form.cleaned_data["user_code"])
        return _decided(request, found)
    except DomainError as refusal:
        form.show(refusal)
        return _code_page(request, form)


def _device_with(request: HttpRequest, code: str) -> DeviceAuthorization:
    """The device that waits with a code; what is guessed is counted like passwords.

    Raises:
        DeviceNotFound, TooManyAttempts: there is none, or it was tried too often.
    """
    attempt = begin_attempt("device-code", request, account=str(request.user.pk))
    found = pending_device(typed(code))
    attempt.take_back()
    return found


def _decided(request: HttpRequest, found: DeviceAuthorization) -> HttpResponseBase:
    """Do what a button says, or show the buttons."""
    user: Any = request.user
    decision = request.POST.get("decision")
    if decision == DENY:
        deny_device(found, actor=user)
        return _done(request, found, is_approved=False)
    form = ApprovalForm(request.POST if decision == APPROVE else None, initial=_initial(found))
    if decision != APPROVE or not form.is_valid():
        return _approval_page(request, found, form)
    approve_device(
        found,
        actor=user,
        session=open_session(request),
        token_name=form.cleaned_data["name"],
        token_expires_at=expiry_of(form.cleaned_data["lifetime"]),
    )
    return _done(request, found, is_approved=True)


def _initial(found: DeviceAuthorization) -> dict[str, str]:
    return {"name": found.client_name}


def _code_page(request: HttpRequest, form: CodeForm) -> HttpResponseBase:
    return TemplateResponse(request, "oauth/device.html", {"form": form})


def _approval_page(
    request: HttpRequest, found: DeviceAuthorization, form: ApprovalForm
) -> HttpResponseBase:
    context = {
        "form": form,
        "device": found,
        "user_code": typed(request.POST["user_code"]),
        "is_elsewhere": found.address != client_address(request),
        "own_address": client_address(request),
    }
    return TemplateResponse(request, "oauth/device_approval.html", context)


def _done(
    request: HttpRequest, found: DeviceAuthorization, *, is_approved: bool
) -> HttpResponseBase:
    context = {"device": found, "is_approved": is_approved}
    return TemplateResponse(request, "oauth/device_done.html", context)
