"""The page on which somebody accepts an invitation, at the host of the tenant that it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from iac_platform.admin.forms import wording
from iac_platform.admin.site import site
from iac_platform.common.errors import DomainError
from rbac.services.invitations import accept_invitation
from rbac.sign_in import may_try

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class AcceptanceForm(forms.Form):
    """Who the first admin will be."""

    token = forms.CharField(
        max_length=200,
        label="Invitation",
        help_text="What stands after the # in the link that you were sent.",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    )
    username = forms.CharField(
        max_length=150, widget=UnfoldAdminTextInputWidget({"autocomplete": "username"})
    )
    password = forms.CharField(
        max_length=200,
        strip=False,
        help_text="At least 12 characters.",
        widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        max_length=200,
        strip=False,
        widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password"}),
    )

    def clean_password_again(self) -> str:
        """Both are the same.

        Raises:
            ValidationError: they are not.
        """
        again: str = self.cleaned_data["password_again"]
        if self.cleaned_data.get("password", again) != again:
            raise forms.ValidationError("The two passwords differ.")
        return again


@sensitive_post_parameters("token", "password", "password_again")
@never_cache
def accept(request: HttpRequest) -> HttpResponseBase:
    """Show the form, or make the first admin and lead them to the sign-in.

    Raises:
        Http404: no tenant is served here.
    """
    if getattr(request, "tenant", None) is None:
        raise Http404
    form = AcceptanceForm(request.POST or None)
    if form.is_valid() and _accepted(request, form):
        messages.success(request, "Your tenant is open. Sign in with what you have just chosen.")
        return redirect("admin:login")
    context = {**site.each_context(request), "title": "Accept the invitation", "form": form}
    return TemplateResponse(request, "rbac/invitation.html", context)


def _accepted(request: HttpRequest, form: AcceptanceForm) -> bool:
    if not may_try("anybody", request, "invitation"):
        form.add_error(None, "There were too many attempts. Try again in some minutes.")
        return False
    try:
        accept_invitation(
            token=form.cleaned_data["token"],
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
        )
    except DomainError as refusal:
        form.add_error(None, wording(refusal))
        return False
    return True
