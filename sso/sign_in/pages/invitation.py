"""The page on which somebody accepts an invitation, at the host of the tenant that invites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters

from iac_platform.common.errors import DomainError
from rbac.attempts import begin_attempt
from rbac.services.invitations import accept_invitation
from sso.sign_in.pages.access import sign_in_page
from sso.sign_in.pages.forms import NewPasswordForm, username_field
from sso.sign_in.selectors import sign_in_policy
from tenants.models import TenantStatus

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

INVITATION = "invitation"
"""What tries are counted as, here and in the API."""


class AcceptanceForm(NewPasswordForm):
    """What somebody chooses who becomes a user."""

    token = forms.CharField(
        max_length=200,
        label="Invitation code",
        help_text="What stands after the # in the link that you were sent.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    username = username_field()
    field_order = ("token", "username", "password", "password_again")


@sensitive_post_parameters("token", "password", "password_again")
@sign_in_page
def accept(request: HttpRequest) -> HttpResponseBase:
    """Show the form, or add the user and lead them to the sign-in."""
    form = AcceptanceForm(request.POST or None)
    if form.is_valid() and _accepted(request, form):
        messages.success(request, "Welcome. Sign in with what you have just chosen.")
        return redirect("login")
    first = request.tenant.status == TenantStatus.INVITED  # type: ignore[attr-defined]  # the middleware's
    context = {"form": form, "first": first, "requires_sso": sign_in_policy().requires_sso}
    return TemplateResponse(request, "sign_in/invitation.html", context)


def _accepted(request: HttpRequest, form: AcceptanceForm) -> bool:
    chosen = form.cleaned_data
    try:
        attempt = begin_attempt(INVITATION, request)
        with attempt.being_made():
            accept_invitation(
                token=chosen["token"], username=chosen["username"], password=chosen["password"]
            )
    except DomainError as refusal:
        form.show(refusal)
        return False
    attempt.take_back()
    return True
