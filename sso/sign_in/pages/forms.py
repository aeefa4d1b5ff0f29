"""What the forms of these pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from iac_platform.admin.forms import wording
from sso.sign_in.backends import LONGEST_NAME, LONGEST_PASSWORD

if TYPE_CHECKING:
    from iac_platform.common.errors import DomainError


class PageForm(forms.Form):
    """A form that can be told why a service refused what it was asked."""

    template_name = "sign_in/form.html"

    def show(self, refusal: DomainError) -> None:
        """Put a refusal beside the fields it speaks of, or above all."""
        placed = False
        for error in refusal.extra.get("errors", ()):
            field = str(error.get("pointer", "")).removeprefix("/").partition("/")[0]
            if field in self.fields:
                self.add_error(field, error["detail"])
                placed = True
        if not placed:
            self.add_error(None, wording(refusal))


def username_field() -> forms.CharField:
    """The name that somebody signs in with."""
    attributes = {
        "autocomplete": "username",
        "autocapitalize": "none",
        "spellcheck": "false",
    }
    return forms.CharField(max_length=LONGEST_NAME, widget=forms.TextInput(attributes))


def password_field(autocomplete: str, label: str, help_text: str = "") -> forms.CharField:
    """A password; ``autocomplete`` tells password managers whether it is there already."""
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput({"autocomplete": autocomplete}),
    )


class CurrentPasswordForm(PageForm):
    """The password of now, as whoever sits at an open browser may be somebody else."""

    current = password_field("current-password", "Current password")


class NewPasswordForm(PageForm):
    """A new password, typed twice."""

    password = password_field("new-password", "New password", "At least 12 characters.")
    password_again = password_field("new-password", "New password, again")

    def clean_password_again(self) -> str:
        """Both are the same.

        Raises:
            ValidationError: they are not.
        """
        again: str = self.cleaned_data["password_again"]
        if self.cleaned_data.get("password", again) != again:
            raise forms.ValidationError("The two passwords differ.")
        return again
