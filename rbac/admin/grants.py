"""Grants: who has which role, within which limits and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from django.shortcuts import redirect
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from iac_platform.admin.actions import ActingAdmin, confirmed
from iac_platform.admin.display import INFO, badge
from iac_platform.admin.forms import ServiceForm
from iac_platform.admin.site import site
from iac_platform.common.permissions import LimitKind
from iac_platform.gateway.actors import actor_of
from rbac.access.holdings import Limits, Period
from rbac.admin.grant_filters import DelegatedFilter, EndFilter, HolderFilter, LimitsFilter
from rbac.admin.grants_display import (
    granter,
    limits_count,
    limits_text,
    offered,
    period_text,
    state,
)
from rbac.answers.limits import names_of_limits
from rbac.models import Role, RoleGrant, Team, User
from rbac.permissions import GRANT_ROLE, VIEW_ROLE, VIEW_TEAM, VIEW_USER
from rbac.services.grants import grant_role, revoke_grant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

_FIELDS = {LimitKind.PROJECT: "projects", LimitKind.ENVIRONMENT: "environments"}


class GrantForm(ServiceForm):
    """A new grant, to one user or to one team."""

    username = forms.CharField(
        max_length=150,
        required=False,
        label="User",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "spellcheck": "false"}),
        help_text="The username. Leave it empty to grant the role to a team.",
    )
    projects = forms.MultipleChoiceField(
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Without a tick it reaches all of them.",
    )
    environments = forms.MultipleChoiceField(
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Without a tick it reaches all of them.",
    )

    class Meta:
        help_texts: ClassVar = {
            "role": "You can grant only what you hold yourself.",
            "starts_at": "In UTC. Leave it empty to begin at once.",
            "expires_at": "In UTC. Leave it empty for a grant without an end.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, name in _FIELDS.items():
            names = offered(kind, user=self.request.user)
            field: Any = self.fields[name]
            if names is None:
                del self.fields[name]
            else:
                field.choices = [(str(key), text) for key, text in names.items()]
        role: Any = self.fields["role"]
        team: Any = self.fields["team"]
        # Asked for here: when the class is made, no tenant is known.
        role.queryset = Role.objects.all()
        team.queryset = Team.objects.permitted(self.request.user, VIEW_TEAM)

    def _get_validation_exclusions(self) -> set[str]:
        """Leave the rules of the table to the service, which tells them in words."""
        return {field.name for field in RoleGrant._meta.get_fields()}

    def clean_username(self) -> User | None:
        """The user of this name.

        Raises:
            ValidationError: there is none.
        """
        username = self.cleaned_data["username"]
        visible = User.objects.permitted(self.request.user, VIEW_USER)
        user: User | None = visible.named(username).first()
        if username and user is None:
            raise forms.ValidationError(f"There is no user called {username}.")
        return user

    def clean_projects(self) -> list[UUID] | None:
        """The chosen projects; None for all."""
        return [UUID(each) for each in self.cleaned_data["projects"]] or None

    def clean_environments(self) -> list[UUID] | None:
        """The chosen environments; None for all."""
        return [UUID(each) for each in self.cleaned_data["environments"]] or None

    def clean(self) -> dict[str, Any]:
        """To one user or to one team."""
        cleaned = super().clean()
        if "username" in cleaned and bool(cleaned["username"]) == bool(cleaned.get("team")):
            self.add_error("username", "Name a user or choose a team, one of the two.")
        return cleaned


class RoleFilter(admin.SimpleListFilter):
    """Grants of one role."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002  # Django's signature
        """The tenant's roles."""
        return list(Role.objects.values_list("key", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        """The grants of the chosen one."""
        return queryset.filter(role__key=self.value()) if self.value() else queryset


@admin.register(RoleGrant, site=site)
class RoleGrantAdmin(ActingAdmin):
    """Grants: made and revoked, and never changed into another."""

    permissions: ClassVar = {"view": VIEW_ROLE, "add": GRANT_ROLE, "revoke": GRANT_ROLE}
    icon = "verified_user"
    purpose = "Grant roles to people and teams, within limits and for a while; revoke them"
    add_form = GrantForm
    prefilled = ("username", "team")
    list_display = ("to", "role_name", "limited", "when", "state", "given_by")
    list_display_links = ("to",)
    list_filter = (RoleFilter, HolderFilter, LimitsFilter, EndFilter, DelegatedFilter)
    search_fields = ("user__username", "team__name", "role__name")
    search_help_text = "Search by user, team or role"
    actions_detail: ClassVar = ["revoke"]
    readonly_fields = ("to", "role_name", "limits", "when", "state", "granted", "given_by")
    add_fieldsets = (
        ("To whom", {"fields": ["username", "team"]}),
        ("What", {"fields": ["role"]}),
        ("Where", {"fields": ["projects", "environments"]}),
        (
            "When",
            {
                "fields": ["starts_at", "expires_at"],
                "description": "Granting a role again within the same limits changes when it "
                "counts, and nothing else.",
            },
        ),
    )
    view_fieldsets = (
        (None, {"fields": ["to", "role_name", "limits", "when", "state"]}),
        ("Where it comes from", {"fields": ["granted", "given_by", "created_at"]}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields, without limits to what there is none of yet."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        missing = {
            name for kind, name in _FIELDS.items() if offered(kind, user=request.user) is None
        }
        return [
            (
                title,
                {**options, "fields": [each for each in options["fields"] if each not in missing]},
            )
            for title, options in fieldsets
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Grants with all that they name, in one query."""
        return super().get_queryset(request).select_related("user", "team", "role", "delegated_by")

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """The grant, with the names of what it is limited to, as far as the user may see them."""
        grant = super().get_object(request, object_id, from_field)
        if grant is not None:
            grant.giver = granter(grant)
            grant.names = names_of_limits([grant.limits], user=request.user)
        return grant

    @display(description="to")
    def to(self, grant: RoleGrant) -> str:
        """Who has it."""
        return f"Team {grant.team}" if grant.team else str(grant.user)

    @display(description="role", ordering="role__name")
    def role_name(self, grant: RoleGrant) -> str:
        """Which role."""
        return str(grant.role.name)

    @display(description="limits")
    def limited(self, grant: RoleGrant) -> str:
        """Whether it reaches all that the role allows."""
        return limits_count(grant.limits)

    @display(description="limits")
    def limits(self, grant: Any) -> str:
        """To what it is limited, by name."""
        return limits_text(grant.limits, grant.names)

    @display(description="when", ordering="expires_at")
    def when(self, grant: RoleGrant) -> str:
        """From when until when it counts."""
        return period_text(grant.period)

    @display(description="state")
    def state(self, grant: RoleGrant) -> SafeString:
        """Whether it counts now."""
        return state(grant.period)

    @display(description="granted by")
    def granted(self, grant: Any) -> str:
        """Who made it or passed it on."""
        return str(grant.giver)

    @display(description="delegated by")
    def given_by(self, grant: RoleGrant) -> SafeString | str:
        """Who passed it on, if it was not granted."""
        if grant.delegated_by is None:
            return "-"
        return badge(grant.delegated_by, INFO, title="A delegation: it ends when theirs does")

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> RoleGrant:
        """Grant the role."""
        projects, environments = data.get("projects"), data.get("environments")
        return grant_role(
            data["username"] or data["team"],
            data["role"],
            actor=actor_of(request),
            limits=Limits(
                None if projects is None else frozenset(projects),
                None if environments is None else frozenset(environments),
            ),
            period=Period(data["starts_at"], data["expires_at"]),
        )

    def back_to(self, obj: Any) -> HttpResponseBase:  # noqa: ARG002  # the grant is gone
        """The way back to the list."""
        return redirect("admin:rbac_rolegrant_changelist")

    @confirmed(
        title="Revoke",
        question="Revoke {}? The next request is answered without it.",
        verb="revoke",
        icon="remove_moderator",
        danger=True,
    )
    def revoke(self, request: HttpRequest, grant: RoleGrant) -> str:
        """Revoke the grant."""
        revoke_grant(grant, actor=actor_of(request))
        return f"{self.to(grant)} has the role {grant.role} by this grant no more."
