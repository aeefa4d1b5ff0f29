"""Teams: formed, changed and dissolved; who is in them, and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import display
from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.shortcuts import redirect
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from iac_platform.admin.actions import ActingAdmin, page
from iac_platform.admin.base import Services
from iac_platform.admin.display import badges, table
from iac_platform.admin.forms import RefusalsOn, RevisedForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from rbac.admin.grants_display import grants_table, new_grant_address
from rbac.models import RoleGrant, Team, User
from rbac.permissions import (
    CREATE_TEAM,
    DELETE_TEAM,
    GRANT_ROLE,
    UPDATE_TEAM,
    VIEW_TEAM,
    VIEW_USER,
)
from rbac.services.teams import add_member, create_team, delete_team, remove_member, update_team

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    _UsersField = forms.ModelMultipleChoiceField[User]
else:
    _UsersField = forms.ModelMultipleChoiceField

MOST_AT_ONCE = 100


class TeamForm(RevisedForm):
    """A team, and what it is part of."""

    description = forms.CharField(
        max_length=500, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2})
    )

    class Meta:
        labels: ClassVar = {"parent": "Part of"}
        help_texts: ClassVar = {"parent": "Its members have that team's roles too."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields.get("parent")
        if field is not None:
            # Asked for here: when the class is made, no tenant is known.
            visible = Team.objects.permitted(self.request.user, VIEW_TEAM)
            inside = Q(pk=self.instance.pk) | Q(ancestors__contains=[self.instance.pk])
            field.queryset = visible.exclude(inside)


class NewMembersForm(forms.Form):
    """Who joins, by name: a tenant may have more people than a list can offer."""

    usernames = forms.CharField(
        max_length=20_000,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text=f"One a line, or with commas between them; at most {MOST_AT_ONCE} at once.",
    )

    def __init__(self, reader: Any, *args: Any) -> None:
        super().__init__(*args)
        self.reader = reader

    def clean_usernames(self) -> list[User]:
        """The users of these names.

        Raises:
            ValidationError: there are too many, or one does not exist.
        """
        names = set(self.cleaned_data["usernames"].replace(",", "\n").split())
        if len(names) > MOST_AT_ONCE:
            raise forms.ValidationError(f"Name at most {MOST_AT_ONCE} users at once.")
        visible = User.objects.permitted(self.reader, VIEW_USER)
        users = list(visible.filter(username__in=names))
        unknown = sorted(names - {user.username for user in users})
        if unknown:
            raise forms.ValidationError(f"There is no user called {', '.join(unknown[:10])}.")
        return users


class LeavingForm(forms.Form):
    """Who leaves."""

    members = _UsersField(
        queryset=User.objects.none(), widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    def __init__(self, team: Team, *args: Any) -> None:
        super().__init__(*args)
        field: Any = self.fields["members"]
        field.queryset = User.objects.filter(memberships__team=team)


def _has_members(team: Any) -> bool:
    """Whether there is anybody to remove; those of its parts are removed from these."""
    return bool(team.size)


@admin.register(Team, site=site)
class TeamAdmin(ActingAdmin):
    """Teams. Their members have their roles, and reach what belongs to them."""

    permissions: ClassVar = {
        "view": VIEW_TEAM,
        "add": CREATE_TEAM,
        "change": UPDATE_TEAM,
        "delete": DELETE_TEAM,
        "grant": GRANT_ROLE,
    }
    services = Services(("name", "description", "parent"), create_team, update_team, delete_team)
    icon = "groups"
    purpose = "Create teams, add people to them, give them roles"
    form = TeamForm
    list_display = ("name", "parent", "members", "role_badges", "description")
    search_fields = ("name",)
    actions_detail: ClassVar = ["add_members", "remove_members", "grant_role"]
    add_fieldsets = ((None, {"fields": ["name", "description", "parent"]}),)
    fieldsets = (
        (None, {"fields": ["name", "description", "parent"]}),
        ("Who is in it", {"fields": ["people"]}),
        ("What it may do", {"fields": ["roles"]}),
    )
    readonly_fields = ("people", "roles")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Teams with their parents, sizes and roles, in two queries however many there are."""
        grants = RoleGrant.objects.select_related("role", "delegated_by").order_by("role__name")
        teams: QuerySet[Any] = super().get_queryset(request).select_related("parent")
        counted: QuerySet[Any] = teams.annotate(size=Count("memberships"))
        return counted.prefetch_related(Prefetch("role_grants", grants))

    @display(description="members", ordering="size")
    def members(self, team: Any) -> int:
        """How many users are in it, without those of its parts."""
        return int(team.size)

    @display(description="roles")
    def role_badges(self, team: Team) -> SafeString:
        """The roles granted to it, without those of the teams that it is part of."""
        return badges(sorted({grant.role.name for grant in team.role_grants.all()}))

    @display(description="members")
    def people(self, team: Team) -> SafeString:
        """Its members, and those of its parts, who are in it by that."""
        users = User.objects.filter(memberships__team=team).order_by("username")
        rows = [(user.username, user.full_name or "-", "itself") for user in users]
        parts = Team.objects.filter(ancestors__contains=[team.pk]).order_by("name")
        within = User.objects.filter(memberships__team__in=parts).values_list(
            "username", "full_name", "memberships__team__name"
        )
        rows += [(name, full or "-", part) for name, full, part in within.order_by("username")]
        return table(["User", "Name", "In"], rows, empty="Nobody yet.")

    @display(description="roles")
    def roles(self, team: Team) -> SafeString:
        """The roles granted to it and to the teams that it is part of."""
        grants = RoleGrant.objects.filter(team_id__in=[team.pk, *team.ancestors])
        return grants_table(grants.select_related("role", "team", "user"))

    def response_add(
        self,
        request: HttpRequest,
        obj: Team,
        post_url_continue: str | None = None,  # noqa: ARG002  # Django's signature
    ) -> Any:
        """Go on to the team's page, where people are added."""
        messages.success(request, f"The team {obj} is there. Add its people.")
        return self.back_to(obj)

    @page(title="Add members", verb="change", icon="group_add")
    def add_members(self, request: HttpRequest, team: Team) -> HttpResponseBase:
        """Ask who joins; all of them do, or none."""
        form = NewMembersForm(request.user, request.POST or None)
        if form.is_valid() and _all(request, form, team, form.cleaned_data["usernames"], add=True):
            return self.back_to(team)
        return self.fill_in(
            request,
            team,
            form=form,
            title=f"Add members to {team}",
            explanation="They have its roles, and those of the teams that it is part of, at once.",
            submit="Add members",
        )

    @page(title="Remove members", verb="change", icon="group_remove", when=_has_members)
    def remove_members(self, request: HttpRequest, team: Team) -> HttpResponseBase:
        """Ask who leaves; all of them do, or none."""
        form = LeavingForm(team, request.POST or None)
        if form.is_valid() and _all(request, form, team, form.cleaned_data["members"], add=False):
            return self.back_to(team)
        return self.fill_in(
            request,
            team,
            form=form,
            title=f"Remove members of {team}",
            explanation="Their next request is answered without its roles.",
            submit="Remove members",
        )

    @page(title="Grant role", verb="grant", icon="add_moderator")
    def grant_role(self, request: HttpRequest, team: Team) -> HttpResponseBase:  # noqa: ARG002  # an action's signature
        """The way to the form that grants a role to it."""
        return redirect(new_grant_address(team=team.pk))


def _all(
    request: HttpRequest, form: forms.Form, team: Team, users: Iterable[User], *, add: bool
) -> bool:
    """Add or remove all of these users, or tell in the form why none was."""
    change: Any = add_member if add else remove_member
    with RefusalsOn(form):
        with transaction.atomic():
            for user in users:
                change(team, user, actor=actor_of(request))
        names = ", ".join(sorted(user.username for user in users))
        messages.success(request, f"{'Added' if add else 'Removed'}: {names}.")
    return form.is_valid()
