"""What these pages ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from iac_platform.common.errors import DomainError
from sso.second_factors.models import MAX_NAME
from sso.second_factors.services.passkeys import LONGEST_ANSWER, authentication_options
from sso.second_factors.services.showing import LONGEST_CODE, shown_factor
from sso.sign_in.pages.forms import PageForm

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User
    from sso.second_factors.models import FactorKind

_WRONG_CODE = "This code is not right, or was used before. An app shows a new one every 30 seconds."
_WRONG_PASSKEY = "This passkey was not accepted. Try again, or use a code."


class ShowForm(PageForm):
    """A code, or what the browser answers with a passkey; the script fills that in."""

    code = forms.CharField(
        required=False,
        max_length=LONGEST_CODE,
        label="Code",
        help_text="Of your authenticator app, or one of your recovery codes.",
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    passkey = forms.CharField(
        required=False,
        max_length=LONGEST_ANSWER,
        widget=forms.HiddenInput({"autocomplete": "off"}),
    )

    def shown(self, request: HttpRequest, user: User) -> FactorKind | None:
        """Which second factor of somebody was sent; None, with the reason in the form, for none."""
        if not self.is_valid():
            return None
        given = {name: self.cleaned_data[name] for name in ("code", "passkey")}
        if not any(given.values()):
            self.add_error("code", "Type a code.")
            return None
        try:
            kind = shown_factor(request, user, **given)
        except DomainError as refusal:
            self.show(refusal)
            return None
        if kind is None:
            self.add_error("code", _WRONG_PASSKEY if given["passkey"] else _WRONG_CODE)
        return kind


class AppForm(PageForm):
    """The first code of an authenticator app."""

    code = forms.CharField(
        max_length=LONGEST_CODE,
        label="Code that the app shows",
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class PasskeyForm(PageForm):
    """A new passkey; the script fills in what the browser answers."""

    name = forms.CharField(
        max_length=MAX_NAME,
        initial="Passkey",
        help_text="Such as “laptop” or “security key”.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    passkey = forms.CharField(
        max_length=LONGEST_ANSWER,
        widget=forms.HiddenInput({"autocomplete": "off"}),
        error_messages={"required": "Your browser made no passkey. Allow scripts, and try again."},
    )


def show_context(request: HttpRequest, user: User, form: ShowForm) -> dict[str, Any]:
    """What the template needs to ask for a second factor; each time with a new challenge."""
    return {"form": form, "passkey_options": authentication_options(request, user)}
