"""How people sign in, in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminTextareaWidget

from iac_platform.admin.base import PermittedAdmin
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from rbac.models import User
from rbac.names import key_of
from sso.sign_in.models import MAX_BREAK_GLASS, SignInPolicy
from sso.sign_in.permissions import UPDATE_SIGN_IN_POLICY, VIEW_SIGN_IN_POLICY
from sso.sign_in.services.policies import set_sign_in_policy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.http import HttpRequest

_FIELDS = ("requires_sso", "break_glass")
_EFFECT = (
    "Once single sign-on is required, sessions that were begun with a password end, yours as "
    "well, unless you are a break-glass account. API tokens go on working."
)


class _BreakGlass(forms.CharField):
    """People by their usernames, one on each line; the value is their ids."""

    widget = UnfoldAdminTextareaWidget({"rows": 4, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """The usernames, as people read them."""
        if not isinstance(value, list):
            return value
        named = User.objects.filter(pk__in=value).order_by("username")
        return "\n".join(named.values_list("username", flat=True))

    def to_python(self, value: Any) -> list[UUID]:  # type: ignore[override]  # not the text itself
        """Their ids.

        Raises:
            ValidationError: they are too many, or somebody is not known.
        """
        names = [line.strip() for line in (value or "").splitlines() if line.strip()]
        if len(names) > MAX_BREAK_GLASS:
            raise forms.ValidationError(f"Name at most {MAX_BREAK_GLASS} people.")
        known = {
            each.username_key: each.pk
            for each in User.objects.filter(username_key__in=map(key_of, names))
        }
        unknown = [name for name in names if key_of(name) not in known]
        if unknown:
            raise forms.ValidationError(f"There is no user {unknown[0]!r}.")
        return list(dict.fromkeys(known[key_of(name)] for name in names))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other people are named."""
        return bool((self.prepare_value(initial) or "").split() != (data or "").split())


class _PolicyForm(ServiceForm):
    """The first choice."""

    break_glass = _BreakGlass(
        required=False,
        label="Break-glass accounts",
        help_text="Usernames, one on each line, of people who may use their password all the "
        "same, if identity providers fail. One at least is an active admin with a password.",
    )


class _ChangeForm(_PolicyForm, RevisedForm):
    """Another choice."""


@admin.register(SignInPolicy, site=site)
class SignInPolicyAdmin(PermittedAdmin):
    """Whether single sign-on is required, and of whom not."""

    permissions: ClassVar = {
        "view": VIEW_SIGN_IN_POLICY,
        "add": UPDATE_SIGN_IN_POLICY,
        "change": UPDATE_SIGN_IN_POLICY,
    }
    icon = "passkey"
    purpose = "Whether people must use single sign-on, and who need not"
    form = _ChangeForm
    add_form = _PolicyForm
    list_display = ("__str__", "requires_sso", "updated_at")
    readonly_fields = ("updated_at",)
    add_fieldsets = ((None, {"fields": [*_FIELDS], "description": _EFFECT}),)
    fieldsets = (
        (None, {"fields": [*_FIELDS], "description": _EFFECT}),
        ("State", {"fields": ["updated_at"]}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one row; a form that was opened before may still be sent, and is refused."""
        may = super().has_add_permission(request)
        return may and (request.method == "POST" or not SignInPolicy.objects.exists())

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> SignInPolicy:
        """Choose for the first time: who was quicker is not overwritten unseen."""
        return _set(request, data, SignInPolicy().revision)

    def update(
        self, request: HttpRequest, obj: SignInPolicy, data: Mapping[str, Any]
    ) -> SignInPolicy:
        """Choose otherwise."""
        del obj  # there is one only
        return _set(request, data, data["seen_revision"])


def _set(request: HttpRequest, data: Mapping[str, Any], revision: int | None) -> SignInPolicy:
    chosen = {name: data[name] for name in _FIELDS}
    return set_sign_in_policy(**chosen, actor=actor_of(request), revision=revision)
