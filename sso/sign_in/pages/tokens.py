"""One's own API tokens."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from iac_platform.common.errors import DomainError
from iac_platform.common.permissions import declared
from rbac.models import ApiToken
from rbac.permissions import CREATE_TOKEN, DELETE_TOKEN, ROTATE_TOKEN, VIEW_TOKEN
from rbac.policy import check
from rbac.services import tokens as services
from sso.sign_in.pages.access import account_page, confirmed_page, require_page
from sso.sign_in.pages.forms import PageForm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from iac_platform.common.permissions import Permission
    from rbac.models import User

_HOUR, _DAY = 3_600, 86_400
_NEVER = "never"
MONTH = str(30 * _DAY)
LIFETIMES = [
    (str(7 * _DAY), "7 days"),
    (MONTH, "30 days"),
    (str(90 * _DAY), "90 days"),
    (str(365 * _DAY), "1 year"),
    (_NEVER, "Never"),
]
_GRACE_PERIODS = [
    ("0", "Stops working now"),
    (str(_HOUR), "Works for 1 more hour"),
    (str(_DAY), "Works for 1 more day"),
    (str(7 * _DAY), "Works for 7 more days"),
]


def expiry_of(lifetime: str) -> datetime | None:
    """When a token expires that lives for as long as was chosen; None for never."""
    return None if lifetime == _NEVER else timezone.now() + timedelta(seconds=int(lifetime))


class TokenForm(PageForm):
    """A token to create."""

    name = forms.CharField(
        max_length=100,
        help_text="What it is for, such as “laptop” or “nightly build”.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    lifetime = forms.ChoiceField(choices=LIFETIMES, initial=MONTH, label="Expires after")
    networks = forms.CharField(
        required=False,
        max_length=2_000,
        label="Networks",
        help_text="From which it may be used, one on each line, such as 192.0.2.0/24. "
        "Empty for any.",
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
    )
    scopes = forms.MultipleChoiceField(
        required=False, label="Permissions", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = user.effective_permissions
        self.offered = [each for each in declared() if each.name in held]
        choices = [(each.name, each.description) for each in self.offered]
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]  # a field of choices

    def groups(self) -> Iterator[tuple[str, list[tuple[Permission, bool]]]]:
        """The permissions to choose from by resource, each with whether it is chosen."""
        chosen = set(self["scopes"].value() or ())
        for resource, found in groupby(self.offered, lambda each: each.resource):
            title = resource.replace("_", " ").capitalize()
            yield title, [(each, each.name in chosen) for each in found]

    def wanted(self) -> dict[str, Any]:
        """What the service is asked for."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "expires_at": expiry_of(given["lifetime"]),
            "scopes": given["scopes"] or None,
            "networks": given["networks"].split() or None,
        }


class RotationForm(PageForm):
    """How long the old token works beside the new one."""

    grace_period = forms.ChoiceField(
        choices=_GRACE_PERIODS, initial=str(_HOUR), label="The old token"
    )


@account_page
def tokens(request: HttpRequest) -> HttpResponseBase:
    """One's own tokens that live, newest first."""
    user: Any = request.user
    shown = [each for each in _own(user).order_by("-created_at") if each.is_live]
    context = {"tokens": shown, "may_create": check(user, CREATE_TOKEN)}
    return TemplateResponse(request, "sign_in/account/tokens.html", context)


@confirmed_page
def create(request: HttpRequest) -> HttpResponseBase:
    """Show the form, or create a token and show its secret for the only time."""
    user: Any = request.user
    require_page(user, CREATE_TOKEN)
    form = TokenForm(user, request.POST or None)
    if form.is_valid():
        try:
            return _shown_once(request, *services.create_token(user, actor=user, **form.wanted()))
        except DomainError as refusal:
            form.show(refusal)
    return TemplateResponse(request, "sign_in/account/token_new.html", {"form": form})


@confirmed_page
def rotate(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Ask, or replace a token and show the new secret for the only time."""
    user: Any = request.user
    token = get_object_or_404(_own(user), pk=pk)
    require_page(user, ROTATE_TOKEN, token)
    form = RotationForm(request.POST or None)
    if form.is_valid():
        grace_period = timedelta(seconds=int(form.cleaned_data["grace_period"]))
        try:
            return _shown_once(
                request, *services.rotate_token(token, actor=user, grace_period=grace_period)
            )
        except DomainError as refusal:
            form.show(refusal)
    context = {"form": form, "token": token}
    return TemplateResponse(request, "sign_in/account/token_rotate.html", context)


@account_page
def revoke(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Ask, or revoke a token."""
    user: Any = request.user
    token = get_object_or_404(_own(user), pk=pk)
    require_page(user, DELETE_TOKEN, token)
    if request.method != "POST":
        return TemplateResponse(request, "sign_in/account/token_revoke.html", {"token": token})
    if token.is_live:
        services.revoke_token(token, actor=user)
    messages.success(request, f"The token {token.name} is revoked.")
    return redirect("account-tokens")


def _own(user: User) -> QuerySet[ApiToken]:
    """The tokens of a user, if they may see them."""
    found: QuerySet[ApiToken] = ApiToken.objects.permitted(user, VIEW_TOKEN).filter(user=user)
    return found


def _shown_once(request: HttpRequest, token: ApiToken, secret: str) -> HttpResponse:
    """A page with a secret. It is in this answer alone: in no session, message or cache."""
    context = {"token": token, "secret": secret}
    return TemplateResponse(
        request,
        "sign_in/account/token_created.html",
        context,
        headers={"Cache-Control": "no-store"},
    )
