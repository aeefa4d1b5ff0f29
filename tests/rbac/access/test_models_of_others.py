"""The model cases of two public engines, said in the terms of this one: which hold, which do not.

Casbin: the examples ``rbac``, ``rbac_with_hierarchy_with_domains``, ``rbac_with_domains``,
``rbac_with_resource_roles``, ``rbac_with_temporal_roles`` and ``rbac_with_deny``, with what its
``model_test.go`` expects (github.com/casbin/casbin, May 2026). OpenFGA: the stores ``github``,
``custom-roles`` and ``temporal-access`` with their assertions (github.com/openfga/sample-stores,
September 2025). The policies are theirs; what they call data, a document or a repository is a
project here, and reading and writing it are ``blueprint.view`` and ``blueprint.update``.

What does not apply, and why:

- *Rights to a single object by its name* (Casbin's ``p, alice, data1``; OpenFGA's tuples on
  documents): an object is reached by its project, its team or its owner. So lists stay one
  statement, and an access review stays short. A grant for one project is the nearest.
- *Roles that carry objects, inherited* (Casbin's ``rbac_with_hierarchy``: ``admin`` is
  ``data1_admin`` and ``data2_admin``): a role says what, a grant where. Two grants to one team
  say the same.
- *Deny rules* (``rbac_with_deny``, OpenFGA's ``but not``): nothing denies. Another grant never
  takes anything away (below, over random worlds); only ``four_eyes`` excludes, one's own.
- *Members of one organisation with rights in another* (custom-roles' contractor): a user belongs
  to one tenant, and the database shows no other.
- *Everybody* (OpenFGA's ``user:*``): nothing is public; a team of all is a team.
- *Conditions over a request* (OpenFGA's IP or amount): time is the one condition of a grant;
  networks are a condition of tokens.
- *Answering with groups* (OpenFGA's ``user_filter`` by team): who-can answers with people, and
  tells through which team.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from hypothesis import given

from blueprints.catalog.models import Blueprint, Project
from iac_platform.common.permissions import get
from rbac.access.holdings import UNLIMITED, Limits, Period
from rbac.answers.who_can import asked, who_can
from rbac.errors import InvalidGrant
from rbac.models import RoleGrant, User
from rbac.policy import check
from rbac.selectors import user_by_id
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.rbac.access.worlds import ServicePlan, World, in_a_world, indices, plans, slowly

if TYPE_CHECKING:
    from rbac.models import Role, Team
    from tenants.models import Tenant

READ, WRITE = get("blueprint.view"), get("blueprint.update")
ACTS = {"read": READ, "write": WRITE}


class House:
    """What a policy of another engine becomes here: people, teams, roles, projects, by name."""

    def __init__(self, *projects: str) -> None:
        self.projects = {name: Project.objects.create(name=name) for name in projects}
        self.objects = {
            name: Blueprint.objects.create(name="it", project=project)
            for name, project in self.projects.items()
        }
        self.users: dict[str, User] = {}
        self.reader = self.role("reader", read=True)
        self.writer = self.role("writer", write=True)
        self.both = self.role("read and write", read=True, write=True)

    def role(self, name: str, *, read: bool = False, write: bool = False, of: Any = ()) -> Role:
        chosen = {READ.name: read, WRITE.name: write}
        permissions = {name: "tenant" for name, wanted in chosen.items() if wanted}
        inherits = [role.key for role in of]
        return create_role(name=name, permissions=permissions, inherits=inherits, actor=ACTOR)

    def user(self, name: str) -> User:
        if name not in self.users:
            self.users[name] = create_user(username=name, actor=ACTOR)
        return self.users[name]

    def limits(self, *projects: str) -> Limits:
        return Limits(projects=frozenset(self.projects[name].pk for name in projects))

    def grant(self, to: str | Team, role: Role, *projects: str) -> RoleGrant:
        receiver = self.user(to) if isinstance(to, str) else to
        limits = self.limits(*projects) if projects else UNLIMITED
        return grant_role(receiver, role, limits=limits, actor=ACTOR)

    def may(self, who: str, act: str, what: str) -> bool:
        """Whether the check, the list and the reverse list say yes; they must agree."""
        user, obj, permission = user_by_id(self.user(who).pk), self.objects[what], ACTS[act]
        checked = check(user, permission, obj)
        assert checked == Blueprint.objects.permitted(user, permission).filter(pk=obj.pk).exists()
        assert checked == who_can(asked(permission, obj)).filter(username=who).exists()
        return checked

    def table(self, who: str, *projects: str) -> dict[str, str]:
        """What somebody may do to each: ``rw``, ``r``, ``w`` or nothing."""
        return {
            name: "".join(act[0] for act in ACTS if self.may(who, act, name)) for name in projects
        }


# --- Casbin ------------------------------------------------------------------------------
def test_casbin_rbac(in_scope: Tenant) -> None:  # noqa: ARG001  # its scope
    house = House("data1", "data2")
    house.grant("alice", house.reader, "data1")
    house.grant("bob", house.writer, "data2")
    data2_admins = create_team(name="data2_admin", actor=ACTOR)
    house.grant(data2_admins, house.both, "data2")
    add_member(data2_admins, house.user("alice"), actor=ACTOR)
    assert house.table("alice", "data1", "data2") == {"data1": "r", "data2": "rw"}
    assert house.table("bob", "data1", "data2") == {"data1": "", "data2": "w"}


def test_casbin_hierarchy_of_roles(in_scope: Tenant) -> None:  # noqa: ARG001  # its scope
    """``global_admin`` is a reader and a writer, in the domain where it is granted."""
    house = House("data1", "data2")
    house.grant("alice", house.role("global_admin", of=[house.reader, house.writer]), "data1")
    house.grant("alice", house.reader, "data2")
    house.grant("bob", house.role("reads", of=[house.reader]), "data1")
    assert house.table("alice", "data1", "data2") == {"data1": "rw", "data2": "r"}
    assert house.table("bob", "data1", "data2") == {"data1": "r", "data2": ""}


@pytest.mark.parametrize(("domain1", "domain2"), [("acme", "globex"), ("acme", "umbrella")])
def test_casbin_domains(request: pytest.FixtureRequest, domain1: str, domain2: str) -> None:
    """The same names in two tenants, in one pool or apart: alice is an admin in hers alone."""
    tenants = {name: request.getfixturevalue(name) for name in (domain1, domain2)}
    houses: dict[str, House] = {}
    for name, who, data in ((domain1, "alice", "data1"), (domain2, "bob", "data2")):
        with tenant_scope(tenants[name]):
            houses[name] = House(data)
            houses[name].grant(who, houses[name].both)
            assert houses[name].table(who, data) == {data: "rw"}
    for mine, who, theirs, data in (
        (domain1, "alice", domain2, "data2"),
        (domain2, "bob", domain1, "data1"),
    ):
        with tenant_scope(tenants[mine]):
            user, foreign = user_by_id(houses[mine].user(who).pk), houses[theirs].objects[data]
            for permission in ACTS.values():
                permitted = Blueprint.objects.permitted(user, permission)
                assert not permitted.filter(pk=foreign.pk).exists()
                assert not permitted.filter(project__name=data).exists()
            # Nor are the other tenant's people known here.
            assert [user_by_id(each.pk) for each in houses[theirs].users.values()] == [None]


def test_casbin_resource_roles(in_scope: Tenant) -> None:  # noqa: ARG001  # its scope
    """What is granted on the group reaches everything in it, also what comes later."""
    house = House("data_group", "elsewhere")
    group = house.projects["data_group"]
    house.grant("alice", house.writer, "data_group")
    later = Blueprint.objects.create(name="later", project=group)
    alice = user_by_id(house.user("alice").pk)
    assert all(check(alice, WRITE, each) for each in (house.objects["data_group"], later))
    assert not any(check(alice, READ, each) for each in (house.objects["data_group"], later))
    assert house.table("alice", "data_group", "elsewhere") == {"data_group": "w", "elsewhere": ""}


LONG_AGO, EVER_AFTER = timedelta(days=-365 * 20), timedelta(days=365 * 20)
YESTERDAY = timedelta(days=-1)
# The links of alice to data2_admin … data8_admin: from, until, and whether they count now.
TEMPORAL = {
    "data2": (LONG_AGO, YESTERDAY, False),
    "data3": (LONG_AGO, EVER_AFTER, True),
    "data4": (None, None, True),
    "data5": (None, EVER_AFTER, True),
    "data6": (None, YESTERDAY, False),
    "data7": (LONG_AGO, None, True),
    "data8": (EVER_AFTER, None, False),
}


@pytest.mark.parametrize("data", TEMPORAL)
def test_casbin_temporal_roles(in_scope: Tenant, data: str) -> None:  # noqa: ARG001  # its scope
    begins, ends, counts = TEMPORAL[data]
    house, now = House(data), timezone.now()
    period = Period(None if begins is None else now + begins, None if ends is None else now + ends)
    alice, limits = house.user("alice"), house.limits(data)
    if ends == YESTERDAY:
        with pytest.raises(InvalidGrant, match="It must lie in the future"):
            grant_role(alice, house.both, limits=limits, period=period, actor=ACTOR)
        # One that has ended meanwhile.
        RoleGrant.objects.create(
            user=alice,
            role=house.both,
            projects=sorted(limits.projects or ()),
            starts_at=period.starts_at,
            expires_at=period.expires_at,
        )
    else:
        grant_role(alice, house.both, limits=limits, period=period, actor=ACTOR)
    assert house.table("alice", data) == {data: "rw" if counts else ""}


@slowly
@given(plan=plans, more=indices, to=indices)
def test_casbin_deny_does_not_apply_for_no_grant_takes_anything_away(
    acme: Tenant, plan: ServicePlan, more: int, to: int
) -> None:
    def compare(world: World) -> None:
        user = world.users[to % len(world.users)]
        before = _reached(user)
        grant_role(user, world.roles[more % len(world.roles)], actor=ACTOR)
        assert before <= _reached(user)

    in_a_world(acme, plan, compare)


def _reached(user: User) -> set[tuple[str, Any]]:
    reader = user_by_id(user.pk)
    return {
        (permission.name, each.pk)
        for permission in ACTS.values()
        for each in Blueprint.objects.permitted(reader, permission)
    }


# --- OpenFGA -----------------------------------------------------------------------------
class Repository(House):
    """The store ``github``: each role of a repository is also the one below it."""

    STEPS = {  # a table
        "reader": "blueprint.view",
        "triager": "blueprint.generate",
        "writer": "blueprint.update",
        "maintainer": "project.update",
        "admin": "blueprint.delete",
    }

    def __init__(self) -> None:
        super().__init__("openfga/openfga", "another")
        self.steps: dict[str, Role] = {}
        below: list[str] = []
        for name, permission in self.STEPS.items():
            self.steps[name] = create_role(
                name=f"repo {name}",
                permissions={permission: "tenant"},
                inherits=below,
                actor=ACTOR,
            )
            below = [self.steps[name].key]
        core = create_team(name="openfga/core", actor=ACTOR)
        backend = create_team(name="openfga/backend", parent=core, actor=ACTOR)
        members = create_team(name="members of openfga", actor=ACTOR)
        self.grant(members, self.steps["admin"])  # the organisation's base permission
        self.grant(core, self.steps["admin"], "openfga/openfga")
        self.grant("anne", self.steps["reader"], "openfga/openfga")
        self.grant("beth", self.steps["writer"], "openfga/openfga")
        for name, team in (("erik", members), ("charles", core), ("diane", backend)):
            add_member(team, self.user(name), actor=ACTOR)

    def relation(self, who: str, step: str, repository: str = "openfga/openfga") -> bool:
        permission = get(self.STEPS[step])
        project, obj = self.projects[repository], self.objects[repository]
        about = project if permission.resource == "project" else obj
        return check(user_by_id(self.user(who).pk), permission, about)


def test_openfga_github_direct_computed_and_nested(in_scope: Tenant) -> None:  # noqa: ARG001  # its scope
    repository = Repository()
    steps = list(Repository.STEPS)
    highest = {
        "anne": "reader",  # direct
        "beth": "writer",  # direct, and what a writer is besides
        "charles": "admin",  # by a team
        "diane": "admin",  # by a team in that team
        "erik": "admin",  # by the organisation
    }
    for who, top in highest.items():
        for step in steps:
            expected = steps.index(step) <= steps.index(top)
            assert repository.relation(who, step) == expected, (who, step)
    # Of another repository only the organisation's members know.
    assert [who for who in highest if repository.relation(who, "reader", "another")] == ["erik"]


def test_openfga_github_lists(in_scope: Tenant) -> None:  # noqa: ARG001  # its scope
    repository = Repository()
    obj = repository.objects["openfga/openfga"]

    def users(permission: str) -> set[str]:
        found = who_can(asked(get(permission), obj))
        return {user.username for user in found if user.username in repository.users}

    assert users("blueprint.view") == {"anne", "beth", "charles", "diane", "erik"}
    assert users("blueprint.update") == {"beth", "charles", "diane", "erik"}
    diane = user_by_id(repository.user("diane").pk)
    assert [each.pk for each in Blueprint.objects.permitted(diane, READ)] == [obj.pk]


def test_openfga_custom_roles(acme: Tenant, umbrella: Tenant) -> None:
    """Roles of the customer's own, given to teams, for a category of assets or for all."""
    with tenant_scope(acme):
        house = House("website-content", "website-media")
        manager = house.role("Content Manager", of=[house.reader, house.writer])
        teams = {
            name: create_team(name=name, actor=ACTOR) for name in ("marketing", "design", "qa")
        }
        house.grant(teams["marketing"], manager, "website-content")
        house.grant(teams["marketing"], house.reader, "website-media")
        house.grant(teams["design"], house.both, "website-media")
        house.grant(teams["design"], house.reader, "website-content")
        house.grant(teams["qa"], house.reader)
        house.grant("carlos", house.both)  # owns the organisation
        for name, team in (("anne", "design"), ("beth", "marketing"), ("daniel", "qa")):
            add_member(teams[team], house.user(name), actor=ACTOR)
        expected = {
            "anne": {"website-content": "r", "website-media": "rw"},
            "beth": {"website-content": "rw", "website-media": "r"},
            "daniel": {"website-content": "r", "website-media": "r"},
            "carlos": {"website-content": "rw", "website-media": "rw"},
        }
        for who, table in expected.items():
            assert house.table(who, *table) == table
    with tenant_scope(umbrella):
        edith = create_user(username="edith", actor=ACTOR)  # the contractor's, so of no use here
    with tenant_scope(acme):
        assert user_by_id(edith.pk) is None


def test_openfga_temporal_access(
    in_scope: Tenant,  # noqa: ARG001  # its scope
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house, granted_at = House("document1", "document2"), timezone.now()
    house.grant("bob", house.reader, "document1")
    for document, lasts in (("document1", timedelta(hours=1)), ("document2", timedelta(seconds=5))):
        grant_role(
            house.user("anne"),
            house.reader,
            limits=house.limits(document),
            period=Period(expires_at=granted_at + lasts),
            actor=ACTOR,
        )
    readers = {name: user_by_id(house.user(name).pk) for name in ("anne", "bob")}
    expected = {
        timedelta(seconds=1): {"anne": "12", "bob": "1"},
        timedelta(seconds=9): {"anne": "1", "bob": "1"},
        timedelta(minutes=10): {"anne": "1", "bob": "1"},
        timedelta(hours=2): {"anne": "", "bob": "1"},
    }
    for later, readable in expected.items():
        moment: datetime = granted_at + later
        monkeypatch.setattr("rbac.access.holdings.timezone.now", lambda moment=moment: moment)
        for who, documents in readable.items():
            seen = Blueprint.objects.permitted(readers[who], READ).values_list("project__name")
            assert {name for (name,) in seen} == {f"document{each}" for each in documents}
            for name, obj in house.objects.items():
                assert check(readers[who], READ, obj) == (name[-1] in documents)
