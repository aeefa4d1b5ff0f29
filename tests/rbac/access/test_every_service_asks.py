"""Every service that writes asks for its actor's right itself: automation comes without a view.

Read off the code: each public function of a service that takes an actor stands here, with a
call that somebody without rights makes in vain, and an admin makes with effect.
"""

from __future__ import annotations

import ast
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.utils import timezone

from blueprints.catalog.services.blueprints import delete_blueprint, update_blueprint
from blueprints.catalog.services.default_tags import set_default_tags
from blueprints.catalog.services.projects import create_project, delete_project, update_project
from blueprints.catalog.services.tags import remove_tag, tag_version
from blueprints.catalog.services.versions import create_version
from iac_platform.common.errors import DomainError, ErrorKind, RevisionConflict
from rbac.access.holdings import Period
from rbac.models import AuditEntry, User
from rbac.selectors import user_by_id
from rbac.services.access_review import export_review
from rbac.services.audit_export import export_entries
from rbac.services.grants import delegate_role, grant_role, revoke_grant, revoke_role
from rbac.services.invitations import invite_user, revoke_invitation
from rbac.services.roles import create_role, delete_role, find_role, update_role
from rbac.services.service_accounts import create_service_account, update_service_account
from rbac.services.support import open_access, revoke_support_access
from rbac.services.teams import (
    add_member,
    create_team,
    delete_team,
    remove_member,
    update_team,
)
from rbac.services.tokens import create_token, revoke_token, rotate_token
from rbac.services.users import add_user, change_password, create_user, new_user, update_user
from sso.sign_in.models import Session
from sso.sign_in.services.sessions import revoke_session, revoke_sessions
from tenants.context import tenant_scope
from tests.api.people import People as PeopleOfRoles
from tests.api.resources import declared
from tests.blueprints.catalog.services.documents import document
from tests.blueprints.catalog.services.test_rights import ACTIONS, Things
from tests.conftest import ACTOR
from tests.rbac.access.test_one_engine import ROOT
from tests.services_with_actor import services_with_actor
from tests.snapshots import fingerprint
from tests.undone import undone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tenants.models import Tenant

    Action = Callable[["People", Any], Any]

PASSWORD = "correct horse battery staple"  # a test's
# Actions of the catalog, by the service that each calls.
CATALOG = {
    "projects.update_project": "project",
    "projects.delete_project": "deletion of a project",
    "blueprints.create_blueprint": "creation",
    "blueprints.update_blueprint": "blueprint",
    "blueprints.delete_blueprint": "deletion of a blueprint",
    "versions.create_version": "version",
    "tags.tag_version": "tag",
    "tags.remove_tag": "removal of a tag",
}
# Of apps that say it themselves.
OF_APPS = declared("SERVICES")
REVISED_OF_APPS = declared("REVISED_SERVICES")
# What takes an actor and is no write of its own, and why.
OTHERS = {
    "notices.notify_of_entry": "hears of an entry in the audit log, and tells whom it concerns",
    "access.access_change": "the frame of changes of access; asks what it is given",
    "access.lock_access": "a lock",
    "grants.grant_within": "asks what its callers hold; see test_paths_of_rights",
    "access.require_within_rights": "a check",
    "admins.require_may_make_admin": "a check",
    "ownership.require_in_team": "a check",
    "trust.require_admins_rights": "a check",
    **dict.fromkeys(
        ("configurations.prepare_creation", "configurations.prepare_update"),
        "a fetch before the writes; asks, and shows nothing",
    ),
    "sign_on.new_identity": "of whom its callers have found",
    "ownership.require_may_share": "a check",
    "devices.deny_device": "takes away, from whoever has typed the code",
    "tokens.write_token": "of what its callers have asked about",
    "issued_tokens.require_lasting_actor": "a check",
    "issued_tokens.issue_token": "for a workload that has proven itself; see tests/sso",
    **dict.fromkeys(
        ("sessions.end_session", "sessions.end_sessions_of_provider"),
        "does what its callers have asked about",
    ),
    "audit.record": "the log itself",
    "audit.record_about": "the log itself",
    "denials.record_sparingly": "the log itself",
    "versions.check_document": "a reading, of a blueprint if one is given; see its own tests",
    "carried.with_carried": "leaves out what the actor may not see; see its own tests",
    "audit_retention.prune_audit": "run by the operator's commands",
    "support.open_access": "of what grant_support_access has asked about",
    "versions.add_version": "asks what its callers give it",
    "configurations.prepare_creation": "asks, and writes nothing",
    "configurations.prepare_update": "asks, and writes nothing",
    "admins.create_admin": "see test_paths_of_rights",
    "invitations.invite_admin": "see test_paths_of_rights",
    "support.grant_support_access": "see test_paths_of_rights",
}


class People(Things):
    """One of each, and somebody to whom things are done."""

    def __init__(self) -> None:
        super().__init__()
        self.default_tags = set_default_tags({"team": "web"}, actor=ACTOR)
        self.someone = create_user(username="someone", actor=ACTOR)
        self.role = create_role(name="Plain", actor=ACTOR)
        self.granted = create_role(name="Granted", actor=ACTOR)
        self.grant = grant_role(self.someone, self.granted, actor=ACTOR)
        self.team = create_team(name="Team", actor=ACTOR)
        add_member(self.team, self.someone, actor=ACTOR)
        self.account = create_service_account(username="robot", actor=ACTOR)
        self.token, _ = create_token(self.account, name="t", actor=ACTOR)
        self.invitation, _ = invite_user(
            email="a@example.com", actor=create_user(username="b", roles=["admin"], actor=ACTOR)
        )
        self.support = open_access(
            operator=ACTOR, reason="Ticket 4711", role="viewer", minutes=5
        ).access
        self.session = Session.objects.create(
            digest="d" * 64,
            user=self.someone,
            expires_at=timezone.now() + timedelta(hours=1),
            user_agent="Firefox",
        )


def _soon() -> Period:
    return Period(expires_at=timezone.now() + timedelta(days=1))


ACTIONS_ON_PEOPLE: dict[str, Action] = {
    "users.create_user": lambda _, who: create_user(username="new", actor=who),
    "users.add_user": lambda _, who: add_user(new_user(username="new"), actor=who),
    "users.update_user": lambda it, who: update_user(
        it.someone, changes={"full_name": "X"}, actor=who
    ),
    "users.change_password": lambda it, who: change_password(
        it.someone, password=PASSWORD, actor=who
    ),
    "teams.create_team": lambda _, who: create_team(name="New", actor=who),
    "teams.update_team": lambda it, who: update_team(it.team, changes={"name": "X"}, actor=who),
    "teams.delete_team": lambda it, who: delete_team(it.team, actor=who),
    "teams.add_member": lambda it, who: add_member(
        it.team, User.objects.get(username="b"), actor=who
    ),
    "teams.remove_member": lambda it, who: remove_member(it.team, it.someone, actor=who),
    "tokens.create_token": lambda it, who: create_token(it.account, name="n", actor=who),
    "tokens.rotate_token": lambda it, who: rotate_token(it.token, actor=who),
    "tokens.revoke_token": lambda it, who: revoke_token(it.token, actor=who),
    "grants.grant_role": lambda it, who: grant_role(it.someone, it.role, actor=who),
    "grants.delegate_role": lambda it, who: delegate_role(
        it.someone, find_role("viewer"), actor=who, period=_soon()
    ),
    "grants.revoke_grant": lambda it, who: revoke_grant(it.grant, actor=who),
    "grants.revoke_role": lambda it, who: revoke_role(it.someone, it.granted, actor=who),
    "support.revoke_support_access": lambda it, who: revoke_support_access(it.support, actor=who),
    "invitations.invite_user": lambda _, who: invite_user(email="n@example.com", actor=who),
    "invitations.revoke_invitation": lambda it, who: revoke_invitation(it.invitation, actor=who),
    "service_accounts.create_service_account": lambda _, who: create_service_account(
        username="new", actor=who
    ),
    "service_accounts.update_service_account": lambda it, who: update_service_account(
        it.account, changes={"description": "X"}, actor=who
    ),
    "roles.create_role": lambda _, who: create_role(name="New", actor=who),
    "roles.update_role": lambda it, who: update_role(it.role, changes={"name": "X"}, actor=who),
    "roles.delete_role": lambda it, who: delete_role(it.role, actor=who),
    "access_review.export_review": lambda _, who: export_review(actor=who),
    "audit_export.export_entries": lambda _, who: export_entries(
        AuditEntry.objects.all(), actor=who, filters={}
    ),
    "sessions.revoke_session": lambda it, who: revoke_session(it.session, actor=who),
    "sessions.revoke_sessions": lambda it, who: revoke_sessions(it.session.user, actor=who),
    "projects.create_project": lambda _, who: create_project(name="New", actor=who),
    "default_tags.set_default_tags": lambda _, who: set_default_tags({"team": "x"}, actor=who),
    **{name: ACTIONS[action][0] for name, action in CATALOG.items()},
}


def _services(found_in: Callable[[Path], Iterator[str]] = services_with_actor) -> set[str]:
    """Every public function of a service that takes an actor, as ``module.function``."""
    folders = [ROOT / "rbac", *(ROOT / "blueprints").iterdir(), *(ROOT / "sso").iterdir()]
    grown = {path: path.stem for folder in folders for path in (folder / "services").glob("*.py")}
    small = {folder / "services.py": folder.name for folder in folders}
    return {
        f"{module}.{name}"
        for path, module in {**grown, **small}.items()
        if path.exists()
        for name in found_in(path)
    }


def _taking_a_revision(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and "revision" in {
            each.arg for each in node.args.kwonlyargs
        }:
            yield node.name


def test_every_service_with_an_actor_is_called_here() -> None:
    assert _services() == {*ACTIONS_ON_PEOPLE, *OTHERS, *OF_APPS}


def _user(name: str, *roles: str) -> User:
    found = user_by_id(create_user(username=name, roles=roles, actor=ACTOR).pk)
    assert found is not None
    return found


def test_who_has_no_right_is_refused_by_the_service(
    in_scope: Tenant, subtests: pytest.Subtests
) -> None:
    everybody = People(), _user("nobody"), _user("ada", "admin")
    before = fingerprint(in_scope)
    for name, action in ACTIONS_ON_PEOPLE.items():
        with subtests.test(name), undone(everybody) as (it, nobody, admin):
            with pytest.raises(DomainError) as refused:
                action(it, nobody)
            assert refused.value.kind in {ErrorKind.FORBIDDEN, ErrorKind.NOT_FOUND}
            assert fingerprint(in_scope) == before
            action(it, admin)
            assert fingerprint(in_scope) != before
            assert AuditEntry.objects.filter(actor_id=admin.audit_id).exists()


# What changes a row with a revision: which row, and a call that names the revision.
REVISED: dict[str, tuple[Callable[[People], Any], Callable[[People, int], Any]]] = {
    "users.update_user": (
        lambda it: it.someone,
        lambda it, seen: update_user(
            it.someone, changes={"full_name": "X"}, actor=ACTOR, revision=seen
        ),
    ),
    "teams.update_team": (
        lambda it: it.team,
        lambda it, seen: update_team(it.team, changes={"name": "X"}, actor=ACTOR, revision=seen),
    ),
    "teams.delete_team": (
        lambda it: it.team,
        lambda it, seen: delete_team(it.team, actor=ACTOR, revision=seen),
    ),
    "service_accounts.update_service_account": (
        lambda it: it.account,
        lambda it, seen: update_service_account(
            it.account, changes={"description": "X"}, actor=ACTOR, revision=seen
        ),
    ),
    "roles.update_role": (
        lambda it: it.role,
        lambda it, seen: update_role(it.role, changes={"name": "X"}, actor=ACTOR, revision=seen),
    ),
    "roles.delete_role": (
        lambda it: it.role,
        lambda it, seen: delete_role(it.role, actor=ACTOR, revision=seen),
    ),
    "projects.update_project": (
        lambda it: it.project,
        lambda it, seen: update_project(
            it.project, changes={"name": "X"}, actor=ACTOR, revision=seen
        ),
    ),
    "projects.delete_project": (
        lambda it: it.empty,
        lambda it, seen: delete_project(it.empty, actor=ACTOR, revision=seen),
    ),
    "blueprints.update_blueprint": (
        lambda it: it.blueprint,
        lambda it, seen: update_blueprint(
            it.blueprint, changes={"name": "X"}, actor=ACTOR, revision=seen
        ),
    ),
    "blueprints.delete_blueprint": (
        lambda it: it.blueprint,
        lambda it, seen: delete_blueprint(it.blueprint, actor=ACTOR, revision=seen),
    ),
    "versions.create_version": (
        lambda it: it.blueprint,
        lambda it, seen: create_version(
            it.blueprint, document=document(cidr="10.9.0.0/16"), actor=ACTOR, revision=seen
        ),
    ),
    "tags.tag_version": (
        lambda it: it.tag,
        lambda it, seen: tag_version(
            create_version(
                it.blueprint, document=document(cidr="10.9.0.0/16"), actor=ACTOR
            ).version,
            name=it.tag.name,
            actor=ACTOR,
            revision=seen,
        ),
    ),
    "default_tags.set_default_tags": (
        lambda it: it.default_tags,
        lambda _, seen: set_default_tags({"team": "x"}, actor=ACTOR, revision=seen),
    ),
    "tags.remove_tag": (
        lambda it: it.tag,
        lambda it, seen: remove_tag(it.tag, actor=ACTOR, revision=seen),
    ),
}


def test_every_service_that_takes_a_revision_is_called_with_one_here() -> None:
    assert _services(_taking_a_revision) == {*REVISED, *REVISED_OF_APPS}


def test_of_two_who_change_the_same_the_second_is_refused(
    in_scope: Tenant, subtests: pytest.Subtests
) -> None:
    people = People()
    before = fingerprint(in_scope)
    for name, (find, change) in REVISED.items():
        with subtests.test(name), undone(people) as it:
            row = find(it)
            now = type(row).objects.get(pk=row.pk).revision
            with pytest.raises(RevisionConflict), transaction.atomic():
                change(it, now + 1)
            assert fingerprint(in_scope) == before
            change(it, now)
            assert fingerprint(in_scope) != before


@pytest.mark.parametrize("name", OF_APPS)
def test_an_app_s_service_refuses_who_has_no_right(acme: Tenant, name: str) -> None:
    """Those of apps that say it in their module of ``tests.api.resources``."""
    people = PeopleOfRoles(acme)
    made = people.fixture("admin", own=True).more
    with tenant_scope(acme):
        nobody, admin = people.user("nobody"), people.user("admin")
        before = fingerprint(acme)
        with pytest.raises(DomainError) as refused:
            OF_APPS[name](made, nobody)
        assert refused.value.kind in {ErrorKind.FORBIDDEN, ErrorKind.NOT_FOUND}
        assert fingerprint(acme) == before
        OF_APPS[name](made, admin)
        assert fingerprint(acme) != before


@pytest.mark.parametrize("name", REVISED_OF_APPS)
def test_an_app_s_service_compares_the_revision(acme: Tenant, name: str) -> None:
    kind, change = REVISED_OF_APPS[name]
    row = PeopleOfRoles(acme).fixture("admin", own=True).more[kind]
    with tenant_scope(acme):
        before, seen = fingerprint(acme), row.revision  # type: ignore[attr-defined]  # it has one
        with pytest.raises(RevisionConflict), transaction.atomic():
            change(row, seen + 1)
        assert fingerprint(acme) == before
        change(row, seen)
        assert fingerprint(acme) != before


GONE: dict[str, tuple[Callable[[People], Any], str]] = {
    "team": (lambda it: it.team, "teams.update_team"),
    "deletion of a team": (lambda it: it.team, "teams.delete_team"),
    "member of a team": (lambda it: it.team, "teams.add_member"),
    "role": (lambda it: it.role, "roles.update_role"),
    "deletion of a role": (lambda it: it.role, "roles.delete_role"),
    "token": (lambda it: it.token, "tokens.rotate_token"),
    "revoking a token": (lambda it: it.token, "tokens.revoke_token"),
}


@pytest.mark.usefixtures("in_scope")
def test_what_was_deleted_meanwhile_is_not_found(subtests: pytest.Subtests) -> None:
    both = People(), _user("ada", "admin")
    for kind, (find, name) in GONE.items():
        with subtests.test(kind), undone(both) as (it, admin):
            row = find(it)
            type(row).objects.filter(pk=row.pk).delete()
            with pytest.raises(DomainError) as refused:
                ACTIONS_ON_PEOPLE[name](it, admin)
            assert refused.value.kind is ErrorKind.NOT_FOUND
