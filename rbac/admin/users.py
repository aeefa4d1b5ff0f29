"""The people of the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from django.shortcuts import redirect
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from iac_platform.admin.actions import page
from iac_platform.admin.display import DANGER, SUCCESS, WARNING, badge
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from rbac.admin.effective import TellsPermissions
from rbac.admin.grants_display import new_grant_address
from rbac.admin.held_roles import held_badges, held_table
from rbac.admin.passwords import NewPasswordFields, SetsPasswords
from rbac.answers.roles_held import holders_of, roles_held
from rbac.models import Role, RoleGrant, User
from rbac.permissions import CREATE_USER, EXPLAIN_ACCESS, GRANT_ROLE, UPDATE_USER, VIEW_USER
from rbac.services.grants import grant_role, revoke_grant
from rbac.services.users import create_user, update_user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    from iac_platform.common.audit import Actor

    _RoleField = forms.ModelMultipleChoiceField[Role]
else:
    _RoleField = forms.ModelMultipleChoiceField


_COVERED = "You can grant only roles whose permissions you hold yourself."


class RolesField(_RoleField):
    """The tenant's roles, each with a line about what it is for."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, *, label: str = "Roles", help_text: str = _COVERED) -> None:
        super().__init__(
            queryset=Role.objects.none(), required=False, label=label, help_text=help_text
        )

    def label_from_instance(self, obj: Role) -> str:
        """The role's name and purpose."""
        return f"{obj.name}: {obj.description}" if obj.description else obj.name


class UserAddForm(NewPasswordFields, ServiceForm):
    """A new user."""

    roles = RolesField()

    class Meta:
        labels: ClassVar = {"email": "E-mail address"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_roles(self)


class UserChangeForm(RevisedForm):
    """A user, with the roles that are granted to them for good and everywhere."""

    roles = RolesField(
        label="Granted without limits",
        help_text="A tick grants a role everywhere and without an end. Roles within limits, for "
        f"a while or by a team are not ticked here; they stand above. {_COVERED}",
    )

    class Meta:
        labels: ClassVar = {"is_active": "Active", "email": "E-mail address"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_roles(self)
        if "roles" in self.fields:
            self.fields["roles"].initial = [grant.role for grant in _plain_grants(self.instance)]


def _plain_grants(user: User) -> QuerySet[RoleGrant]:
    """The user's own grants without limits, ends and givers: those that a tick stands for."""
    return RoleGrant.objects.select_related("role").filter(
        user=user,
        projects=None,
        environments=None,
        starts_at=None,
        expires_at=None,
        delegated_by=None,
    )


def offer_roles(form: ServiceForm) -> None:
    """Offer the tenant's roles, to those who may grant any."""
    field: Any = form.fields.get("roles")
    if field is not None:
        # Asked for here: when the class is made, no tenant is known.
        field.queryset = Role.objects.all()


def _is_person(user: User) -> bool:
    """Whether the user is the tenant's own, not of the operator's staff."""
    return not user.is_support


class RoleFilter(admin.SimpleListFilter):
    """Users who hold a role."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002  # Django's signature
        """The tenant's roles."""
        return list(Role.objects.values_list("key", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        """Who holds the chosen one now."""
        key = self.value()
        return holders_of(queryset, key) if key else queryset


@admin.register(User, site=site)
class UserAdmin(TellsPermissions, SetsPasswords):
    """Users: added, changed, deactivated and given roles; never deleted, for the log names them."""

    permissions: ClassVar = {
        "view": VIEW_USER,
        "add": CREATE_USER,
        "change": UPDATE_USER,
        "grant": GRANT_ROLE,
        "explain": EXPLAIN_ACCESS,
    }
    icon = "group"
    purpose = "Add people, give them roles, deactivate them"
    form = UserChangeForm
    list_display = ("username", "kind", "full_name", "email", "role_badges", "active", "last_login")
    list_filter = ("kind", "is_active", RoleFilter)
    search_fields = ("username", "full_name", "email")
    search_help_text = "Search by username, name or e-mail address"
    actions_detail: ClassVar = ["effective", "grant_role", "set_password"]
    add_form = UserAddForm
    fixed_fields = ("username",)
    readonly_fields = ("roles_table", "active", "last_login", "created_at")
    add_fieldsets = (
        (None, {"fields": ["username", "full_name", "email"]}),
        ("Password", {"fields": ["password", "password_again"]}),
        ("Roles", {"fields": ["roles"]}),
    )
    fieldsets = (
        (None, {"fields": ["username", "full_name", "email", "is_active"]}),
        ("Roles", {"fields": ["roles_table", "roles"]}),
        ("Dates", {"fields": ["last_login", "created_at"]}),
    )
    view_fieldsets = (
        (None, {"fields": ["username", "full_name", "email", "active"]}),
        ("Roles", {"fields": ["roles_table"]}),
        ("Dates", {"fields": ["last_login", "created_at"]}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Programs are shown here and changed through the API, where their owners are named."""
        program = obj is not None and obj.is_service
        return not program and super().has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Roles are there to be ticked only for those who may grant them."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and obj.is_service:
            return [*fieldsets, ("Service account", {"fields": ["kind", "description", "owner"]})]
        if self.may(request, "grant"):
            return fieldsets
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name != "roles"]})
            for title, options in fieldsets
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Users, with those who answer for programs."""
        return super().get_queryset(request).select_related("owner")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with the roles of all who are on it, in as many queries as for one."""
        lists = super().get_changelist_instance(request)
        users = lists.result_list = list(lists.result_list)
        held = roles_held(users)
        for user in users:
            user.held_roles = held[user.pk]
        return lists

    @display(description="roles")
    def role_badges(self, user: Any) -> SafeString:
        """The roles that the user holds now, and which of them only in part."""
        return held_badges(user.held_roles)

    @display(description="current roles")
    def roles_table(self, user: User) -> SafeString:
        """The same on the user's page, with what each comes from."""
        return held_table(roles_held([user])[user.pk])

    @display(description="state", ordering="is_active")
    def active(self, user: User) -> SafeString:
        """Whether the user can sign in."""
        if user.is_support:
            return badge("operator's staff", WARNING, title="See the support accesses")
        return badge("active", SUCCESS) if user.is_active else badge("deactivated", DANGER)

    @page(title="Grant role", verb="grant", icon="add_moderator", when=_is_person)
    def grant_role(self, request: HttpRequest, user: User) -> HttpResponseBase:  # noqa: ARG002  # an action's signature
        """The way to the form that grants a role within limits or for a while."""
        return redirect(new_grant_address(username=user.username))

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> User:
        """Add the user, with their roles."""
        return create_user(
            username=data["username"],
            email=data["email"],
            full_name=data["full_name"],
            password=data["password"] or None,
            roles=[role.key for role in self._chosen(request, data)],
            actor=actor_of(request),
        )

    def update(self, request: HttpRequest, obj: User, data: Mapping[str, Any]) -> User:
        """Change the user, then grant and revoke what was ticked and unticked."""
        saved = update_user(
            obj,
            actor=actor_of(request),
            changes={field: data[field] for field in ("email", "full_name", "is_active")},
            revision=data["seen_revision"],
        )
        if "roles" in data:
            self._set_roles(saved, wanted=set(self._chosen(request, data)), actor=actor_of(request))
        return saved

    def _chosen(self, request: HttpRequest, data: Mapping[str, Any]) -> list[Role]:
        return list(data.get("roles", ())) if self.may(request, "grant") else []

    @staticmethod
    def _set_roles(user: User, *, wanted: set[Role], actor: Actor) -> None:
        held = {grant.role: grant for grant in _plain_grants(user)}
        for role in wanted - set(held):
            grant_role(user, role, actor=actor)
        for role in set(held) - wanted:
            revoke_grant(held[role], actor=actor)
