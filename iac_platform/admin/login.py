"""Signing in to the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.admin.forms import AdminAuthenticationForm as AuthenticationForm
else:
    # Django's form in another dress, published without types.
    from unfold.forms import AuthenticationForm


class LoginForm(AuthenticationForm):
    """Name and password, of a user whose roles let them use the admin."""

    error_messages = {
        **AuthenticationForm.error_messages,
        # One text for both causes: it does not tell whether the password was right.
        "invalid_login": (
            "The username or the password is wrong, or this user may not use the admin. "
            "Capital and small letters differ."
        ),
    }
