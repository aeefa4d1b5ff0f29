"""Changing passwords in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from unfold.widgets import UnfoldAdminPasswordWidget

from iac_platform.admin.actions import ActingAdmin, page
from iac_platform.admin.forms import RefusalsOn
from iac_platform.gateway.actors import actor_of
from rbac.services.users import change_password

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from rbac.models import User


class NewPasswordFields(forms.Form):
    """A new password, typed twice; or none."""

    password = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password"}),
        help_text=(
            "At least 12 characters. Leave it empty for a user who signs in another way, "
            "for instance through single sign-on."
        ),
    )
    password_again = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password"}),
    )

    def clean_password_again(self) -> str:
        """Both are the same.

        Raises:
            ValidationError: they are not.
        """
        again: str = self.cleaned_data["password_again"]
        if self.cleaned_data.get("password", "") != again:
            raise forms.ValidationError("The two passwords differ.")
        return again


class SetPasswordForm(NewPasswordFields):
    """A new password for somebody else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = True
        self.fields["password"].help_text = "At least 12 characters."


class SetsPasswords(ActingAdmin):
    """Adds a page on which an admin gives a user a new password."""

    @page(title="Set password", verb="change", icon="password")
    def set_password(self, request: HttpRequest, user: User) -> HttpResponseBase:
        """Show the form, or set the password through the service."""
        form = SetPasswordForm(request.POST or None)
        if form.is_valid() and self._set(request, user, form):
            return self.back_to(user)
        return self.fill_in(
            request,
            user,
            form=form,
            title=f"Set the password of {user}",
            explanation=(
                f"All sessions of {user} end with it. Hand the new password over in person, "
                "or by a way that you trust."
            ),
            submit="Set password",
        )

    def _set(self, request: HttpRequest, user: User, form: SetPasswordForm) -> bool:
        with RefusalsOn(form):
            change_password(user, password=form.cleaned_data["password"], actor=actor_of(request))
            done = f"The password of {user} is changed; their sessions have ended."
            messages.success(request, done)
        return form.is_valid()
