"""People who hold too little in many ways, and what each of them is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from blueprints.catalog.services.projects import create_project, update_project
from blueprints.catalog.services.versions import check_document
from iac_platform.common.errors import DomainError
from rbac.access.holdings import Period
from rbac.models import ApiToken, Role, RoleGrant, User
from rbac.selectors import user_by_id
from rbac.services.grants import delegate_role, grant_role, revoke_grant, revoke_role
from rbac.services.invitations import invite_user
from rbac.services.roles import create_role, delete_role, find_role, update_role
from rbac.services.service_accounts import create_service_account, update_service_account
from rbac.services.teams import add_member, create_team, delete_team, remove_member, update_team
from rbac.services.tokens import create_token, rotate_token
from rbac.services.users import change_password, create_user, update_user
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR
from tests.rbac.access.actors import MANAGES, for_a_day
from tests.rbac.access.test_every_service_asks import ACTIONS_ON_PEOPLE, CATALOG, PASSWORD, People

if TYPE_CHECKING:
    from collections.abc import Callable

DENIED, CANNOT = "permission-denied", "cannot-grant"
# All that changing access takes, and nothing to give.
_CLERKS = {
    **MANAGES,
    **dict.fromkeys(("user.create", "token.rotate"), "tenant"),
    **{f"service_account.{action}": "tenant" for action in ("create", "update", "token")},
    "role.delegate": "own",
}
# What only those give who hold it.
_STRONG = {"audit.view": "tenant"}
_ALL_THAT_TEAMS_SHARE = {
    "blueprint.generate": "tenant",
    **{
        f"{resource}.{action}": "tenant"
        for resource in ("project", "blueprint")
        for action in ("view", "create", "update", "delete")
    },
}


class Organisation(People):
    """Also people, teams and an account that hold what clerks do not; and those who try."""

    def __init__(self) -> None:
        super().__init__()
        self.strong = create_role(name="Strong", permissions=_STRONG, actor=ACTOR)
        self.spare = create_role(name="Spare", permissions=_STRONG, actor=ACTOR)
        self.boss = create_user(username="boss", roles=["viewer"], actor=ACTOR)
        self.boss_grant = grant_role(self.boss, self.strong, actor=ACTOR)
        self.machine = create_service_account(username="machine", actor=ACTOR)
        grant_role(self.machine, self.strong, actor=ACTOR)
        self._form_teams()
        self._hire()
        scopes = ["token.create", "token.rotate"]
        self.narrow, _ = create_token(self.boss, name="narrow", scopes=scopes, actor=ACTOR)
        self.wide, _ = create_token(self.boss, name="wide", actor=ACTOR)

    def _form_teams(self) -> None:
        """One whose role is strong, with a part; and one whose member may do much in it."""
        self.plain = create_team(name="Plain", actor=ACTOR)
        self.crew = create_team(name="Crew", actor=ACTOR)
        self.part = create_team(name="Part", parent=self.crew, actor=ACTOR)
        grant_role(self.crew, self.strong, actor=ACTOR)
        self.leads = create_team(name="Leads", actor=ACTOR)
        self.lead = holding("lead", {"project.update": "team", "blueprint.delete": "team"})
        self.own = holding("own", {"project.create": "own", "project.update": "own"})
        for each in (self.lead, self.own):
            add_member(self.leads, each, actor=ACTOR)
        self.mine = create_project(name="Mine", actor=again(self.own))

    def _hire(self) -> None:
        self.nobody = create_user(username="nobody", actor=ACTOR)
        self.viewer = create_user(username="viewer", roles=["viewer"], actor=ACTOR)
        self.admin = create_user(username="ada", roles=["admin"], actor=ACTOR)
        self.clerk = holding("clerk", _CLERKS)
        self.hirer = holding("hirer", {"user.create": "tenant"})
        self.planner = holding("planner", _CLERKS | _ALL_THAT_TEAMS_SHARE)
        self.temp = holding("temp", _CLERKS)
        grant_role(self.temp, self.strong, period=for_a_day(), actor=ACTOR)
        self.deputy = create_user(username="deputy", actor=ACTOR)
        # A role that cannot be passed on, from a time when it could.
        RoleGrant.objects.create(
            user=self.deputy,
            role=find_role("admin"),
            granted_by=self.admin.audit_id,
            delegated_by=self.admin,
            expires_at=timezone.now() + timedelta(days=1),
        )


def holding(name: str, permissions: dict[str, str]) -> User:
    """A user with a role of their own."""
    user = create_user(username=name, actor=ACTOR)
    role = create_role(name=f"As {name}", permissions=permissions, actor=ACTOR)
    grant_role(user, role, actor=ACTOR)
    return user


def again(user: User, through: ApiToken | None = None) -> User:
    """A user as at the beginning of a request."""
    found = user_by_id(user.pk)
    assert found is not None
    found.through = through
    return found


class Refusal(NamedTuple):
    """Somebody who tries what they are refused, by which service, and the error's code."""

    service: str
    code: str
    attempt: Callable[[], Any]

    def outcome(self) -> str:
        """What comes of it, ``done`` or a code; nothing of it stays."""
        try:
            with transaction.atomic():
                self.attempt()
                transaction.set_rollback(True)
        except DomainError as error:
            return error.code
        return "done"


def refusals(it: Organisation) -> list[Refusal]:
    """What is refused in a tenant."""
    return [
        Refusal(service, code, _attempt(it, who, action))
        for who, found in _TRIES.items()
        for service, code, action in found
    ]


def _attempt(it: Organisation, who: str, action: Callable[[Any, Any], Any]) -> Callable[[], Any]:
    name, _, token = who.partition(" through ")
    return lambda: action(it, again(getattr(it, name), getattr(it, token) if token else None))


def _give(project: Any, team: Any, who: Any) -> Any:
    return update_project(project, changes={"team": team}, actor=who)


def _invite(role: Role, who: Any) -> Any:
    return invite_user(email="n@example.com", roles=[role.key], actor=who)


def _allow(role: Role, permissions: dict[str, str], who: Any) -> Any:
    return update_role(role, changes={"permissions": permissions}, actor=who)


def _describe(account: User, who: Any) -> Any:
    return update_service_account(account, changes={"description": "X"}, actor=who)


def _shorten(it: Any, who: Any) -> Any:
    today = Period(expires_at=timezone.now() + timedelta(hours=12))
    return grant_role(it.boss, it.strong, period=today, actor=who)


# Whoever may not even see a row is told that there is none.
_NOT_FOUND = {
    **dict.fromkeys(("tokens.revoke_token", "support.revoke_support_access"), "object-not-found"),
    **dict.fromkeys(CATALOG, "blueprint-not-found"),
    **dict.fromkeys(("projects.update_project", "projects.delete_project"), "project-not-found"),
    "blueprints.create_blueprint": "project-not-found",
    "default_tags.set_default_tags": "default-tags-not-found",
}
# What changes nobody's access, so that a right which was passed on is enough.
_SUFFICIENT = {
    *CATALOG,
    *("projects.create_project", "access_review.export_review", "audit_export.export_entries"),
    "default_tags.set_default_tags",
    *("tokens.revoke_token", "support.revoke_support_access", "sessions.revoke_session"),
    "sessions.revoke_sessions",
}
# By who tries it; "through" a token, perhaps.
_TRIES: dict[str, list[tuple[str, str, Callable[[Any, Any], Any]]]] = {
    "nobody": [
        *(
            (service, _NOT_FOUND.get(service, DENIED), action)
            for service, action in ACTIONS_ON_PEOPLE.items()
        ),
        (
            "versions.check_document",
            DENIED,
            lambda it, who: check_document(document(), actor=who, blueprint=it.blueprint),
        ),
    ],
    "viewer": [(service, DENIED, ACTIONS_ON_PEOPLE[service]) for service in CATALOG],
    "deputy": [
        (service, DENIED, action)
        for service, action in ACTIONS_ON_PEOPLE.items()
        if service not in _SUFFICIENT
    ],
    "own": [
        (
            "projects.create_project",
            DENIED,
            lambda it, who: create_project(name="New", team=it.team, actor=who),
        ),
        ("projects.update_project", DENIED, lambda it, who: _give(it.mine, it.team, who)),
        ("projects.update_project", DENIED, lambda it, who: _give(it.mine, it.leads, who)),
    ],
    "hirer": [("invitations.invite_user", DENIED, lambda it, who: _invite(it.role, who))],
    "temp": [("grants.grant_role", CANNOT, _shorten)],
    "clerk": [
        (
            "grants.grant_role",
            CANNOT,
            lambda it, who: grant_role(it.someone, it.strong, actor=who),
        ),
        (
            "grants.delegate_role",
            CANNOT,
            lambda it, who: delegate_role(
                it.someone, find_role("viewer"), period=for_a_day(), actor=who
            ),
        ),
        ("grants.revoke_grant", CANNOT, lambda it, who: revoke_grant(it.boss_grant, actor=who)),
        ("grants.revoke_role", CANNOT, lambda it, who: revoke_role(it.boss, it.strong, actor=who)),
        ("invitations.invite_user", CANNOT, lambda it, who: _invite(it.strong, who)),
        (
            "roles.create_role",
            CANNOT,
            lambda _, who: create_role(name="New", permissions=_STRONG, actor=who),
        ),
        ("roles.update_role", CANNOT, lambda it, who: _allow(it.spare, {}, who)),
        ("roles.update_role", CANNOT, lambda it, who: _allow(it.role, _STRONG, who)),
        ("roles.delete_role", CANNOT, lambda it, who: delete_role(it.spare, actor=who)),
        (
            "service_accounts.update_service_account",
            CANNOT,
            lambda it, who: _describe(it.machine, who),
        ),
        (
            "users.update_user",
            CANNOT,
            lambda it, who: update_user(it.boss, changes={"full_name": "X"}, actor=who),
        ),
        (
            "users.change_password",
            CANNOT,
            lambda it, who: change_password(it.boss, password=PASSWORD, actor=who),
        ),
        (
            "teams.add_member",
            CANNOT,
            lambda it, who: add_member(it.crew, it.someone, actor=who),
        ),
        ("teams.add_member", CANNOT, lambda it, who: add_member(it.plain, it.lead, actor=who)),
        (
            "teams.remove_member",
            CANNOT,
            lambda it, who: remove_member(it.leads, it.lead, actor=who),
        ),
        (
            "teams.create_team",
            CANNOT,
            lambda it, who: create_team(name="New", parent=it.plain, actor=who),
        ),
        (
            "tokens.create_token",
            CANNOT,
            lambda it, who: create_token(it.machine, name="n", actor=who),
        ),
        ("tokens.rotate_token", CANNOT, lambda it, who: rotate_token(it.wide, actor=who)),
    ],
    "planner": [
        (
            "teams.create_team",
            CANNOT,
            lambda it, who: create_team(name="New", parent=it.crew, actor=who),
        ),
        (
            "teams.update_team",
            CANNOT,
            lambda it, who: update_team(it.part, changes={"parent": None}, actor=who),
        ),
        ("teams.delete_team", CANNOT, lambda it, who: delete_team(it.part, actor=who)),
    ],
    "admin": [
        (
            "tokens.create_token",
            DENIED,
            lambda it, who: create_token(it.someone, name="n", actor=who),
        ),
        (
            "tokens.create_token",
            DENIED,
            lambda it, who: create_token(it.support.user, name="n", actor=who),
        ),
    ],
    "boss through narrow": [
        ("tokens.create_token", CANNOT, lambda _, who: create_token(who, name="n", actor=who)),
        ("tokens.rotate_token", CANNOT, lambda it, who: rotate_token(it.wide, actor=who)),
    ],
}
