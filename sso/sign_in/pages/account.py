"""One's own account: who one is, the password, and what one may do."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.sessions.backends.base import UpdateError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters

from iac_platform.common.errors import DomainError
from rbac.access.holdings import ALWAYS, UNLIMITED
from rbac.admin.grants_display import limits_text, period_text
from rbac.answers.explanations import holdings_of
from rbac.models import Role, UserKind
from rbac.services.users import update_user
from sso.sign_in.pages.access import account_page
from sso.sign_in.pages.forms import CurrentPasswordForm, NewPasswordForm, PageForm
from sso.sign_in.services.passwords import NOT_CURRENT, change_own_password

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from iac_platform.common.permissions import Permission
    from rbac.access.holdings import Entitlement, Grant
    from rbac.answers.explanations import Held, Holdings


class ProfileForm(PageForm):
    """What one changes of oneself; the e-mail address is the admins' affair."""

    full_name = forms.CharField(
        max_length=200,
        required=False,
        label="Full name",
        help_text="What your colleagues read.",
        widget=forms.TextInput({"autocomplete": "name"}),
    )


@account_page
def profile(request: HttpRequest) -> HttpResponseBase:
    """Who one is; or change one's name."""
    user: Any = request.user
    form = ProfileForm(request.POST or None, initial={"full_name": user.full_name})
    if form.is_valid() and _renamed(user, form):
        messages.success(request, "Your profile is saved.")
        return redirect("account")
    roles = Role.objects.filter(key__in=user.role_keys).order_by("name")
    context = {"form": form, "roles": roles, "is_person": user.kind == UserKind.PERSON}
    return TemplateResponse(request, "sign_in/account/profile.html", context)


def _renamed(user: Any, form: ProfileForm) -> bool:
    try:
        update_user(user, actor=user, changes=form.cleaned_data)
    except DomainError as refusal:
        form.show(refusal)
        return False
    return True


class PasswordForm(NewPasswordForm, CurrentPasswordForm):
    """A new password, knowing the one of now."""

    field_order = ("current", "password", "password_again")


@sensitive_post_parameters("current", "password", "password_again")
@account_page
def password(request: HttpRequest) -> HttpResponseBase:
    """Change one's own password; one's other sessions end with it."""
    user: Any = request.user
    form = PasswordForm(request.POST or None)
    if form.is_valid() and _password_changed(request, user, form):
        try:
            # The session goes on, under a new secret.
            update_session_auth_hash(request, user)
        except UpdateError:  # somebody has ended it meanwhile
            logout(request)
            return redirect("login")
        messages.success(request, "Your password is changed, and your other sessions have ended.")
        return redirect("account-password")
    context = {"form": form, "has_password": user.has_usable_password()}
    return TemplateResponse(request, "sign_in/account/password.html", context)


def _password_changed(request: HttpRequest, user: Any, form: PasswordForm) -> bool:
    given = form.cleaned_data
    try:
        right = change_own_password(
            user, current=given["current"], password=given["password"], request=request
        )
    except DomainError as refusal:
        form.show(refusal)
        return False
    if not right:
        form.add_error("current", NOT_CURRENT)
    return right


class AccessPathRow(NamedTuple):
    """One path to a permission: how far it reaches, and where it comes from."""

    reach: str
    origin: str


class HeldRow(NamedTuple):
    """One permission with every path to it."""

    permission: Permission
    paths: list[AccessPathRow]


@account_page
def permissions(request: HttpRequest) -> HttpResponseBase:
    """What one may do, and where one has it from."""
    holdings = holdings_of(request.user)  # type: ignore[arg-type]  # the only kind of user
    roles = dict(Role.objects.values_list("key", "name"))
    context = {
        "groups": list(_groups(holdings, roles, holdings.names)),
        "withheld": holdings.withheld.items(),
    }
    return TemplateResponse(request, "sign_in/account/permissions.html", context)


def _groups(
    holdings: Holdings, roles: Mapping[str, str], places: Mapping[UUID, str]
) -> Iterator[tuple[str, list[HeldRow]]]:
    for resource, found in groupby(holdings.held, lambda held: held.permission.resource):
        title = resource.replace("_", " ").capitalize()
        yield title, [HeldRow(held.permission, _paths(held, roles, places)) for held in found]


def _paths(held: Held, roles: Mapping[str, str], places: Mapping[UUID, str]) -> list[AccessPathRow]:
    return [
        AccessPathRow(str(path.scope), _origin(path, grant, roles, places))
        for path, grant in held.paths
    ]


def _origin(
    path: Entitlement, grant: Grant, roles: Mapping[str, str], places: Mapping[UUID, str]
) -> str:
    """The role, who holds it, and what limits it where something does."""
    holder = f"by team {' → '.join(grant.team_path)}" if grant.team_path else "directly"
    origin = [f"{roles.get(grant.role_key, grant.role_key)}, {holder}"]
    if path.limits != UNLIMITED:
        origin.append(limits_text(path.limits, places))
    if grant.period != ALWAYS:
        origin.append(period_text(grant.period))
    return "; ".join(origin)
