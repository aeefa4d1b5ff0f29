"""How people sign in, in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextareaWidget

from iac_platform.admin.base import PermittedAdmin, Services
from iac_platform.admin.display import DANGER, badge, moment
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from rbac.models import User
from rbac.names import key_of
from rbac.permissions import UPDATE_USER
from sso.sign_in.browsers import described
from sso.sign_in.models import MAX_BREAK_GLASS, Session, SignInPolicy
from sso.sign_in.permissions import UPDATE_SIGN_IN_POLICY, VIEW_SIGN_IN_POLICY
from sso.sign_in.services.policies import NO_BREAK_GLASS, lacks_break_glass, set_sign_in_policy
from sso.sign_in.services.sessions import revoke_session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

_FIELDS = (
    "requires_sso",
    "break_glass",
    "requires_second_factor",
    "session_hours",
    "idle_minutes",
)
_EFFECT = (
    "Sessions that could not be begun any more end, yours as well: those by a password once single "
    "sign-on is required, unless of a break-glass account, and those without a second factor once "
    "that is required. API tokens go on working."
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
    purpose = "Single sign-on and second factors: who must use them; how long sessions last"
    form = _ChangeForm
    add_form = _PolicyForm
    list_display = ("__str__", "requires_sso", "requires_second_factor", "warning", "updated_at")
    readonly_fields = ("warning", "updated_at")
    add_fieldsets = ((None, {"fields": [*_FIELDS], "description": _EFFECT}),)
    fieldsets = (
        (None, {"fields": [*_FIELDS], "description": _EFFECT}),
        ("State", {"fields": ["warning", "updated_at"]}),
    )

    @display(description="warning")
    def warning(self, policy: SignInPolicy) -> SafeString | str:
        """What would lock everybody out."""
        return badge(NO_BREAK_GLASS, DANGER) if lacks_break_glass(policy) else "-"

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


@admin.register(Session, site=site)
class SessionAdmin(PermittedAdmin):
    """The open sessions of a tenant's people; deleting one signs its browser out."""

    permissions: ClassVar = {"view": UPDATE_USER, "delete": UPDATE_USER}
    services = Services(delete=revoke_session)
    icon = "devices"
    purpose = "Where people are signed in; deleting a session signs its browser out"
    list_display = (
        *("user", "device", "address", "by_provider", "second_factor", "last_seen", "expires_at"),
    )
    list_display_links = ("user",)
    list_select_related = ("user",)
    list_filter = ("by_provider",)
    search_fields = ("user__username",)
    view_fieldsets = (
        (None, {"fields": ["user", "device", "address", "by_provider", "second_factor"]}),
        ("Times", {"fields": ["created_at", "last_seen_at", "expires_at"]}),
    )
    readonly_fields = ("device", "last_seen")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        """Browsers begin them."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of people who have signed in, until they expire."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(user__isnull=False, expires_at__gt=timezone.now()).defer("data")

    @display(description="device")
    def device(self, session: Session) -> str:
        """What the browser is, in a few words."""
        return described(session.user_agent)

    @display(description="last used", ordering="last_seen_at")
    def last_seen(self, session: Session) -> str:
        """When it was last used, to some minutes."""
        return moment(session.last_seen_at)
