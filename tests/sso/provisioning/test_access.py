"""What somebody's groups give, and take again; never more than the mapping's author may give."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from structlog.contextvars import bound_contextvars

from iac_platform.common.errors import NotPermitted
from rbac.errors import CannotGrant
from rbac.models import AuditEntry, RoleGrant, User
from rbac.services.access import lock_access
from rbac.services.grants import grant_role, revoke_role
from rbac.services.roles import create_role, delete_role, find_role
from rbac.services.teams import add_member, create_team
from rbac.services.tokens import create_token
from rbac.services.users import create_user, update_user
from sso.provisioning.errors import InvalidMapping, SignOnRefused
from sso.provisioning.external import OVERAGE, preview
from sso.provisioning.models import Identity
from sso.provisioning.services.access import SYNCED, WITHHELD
from sso.provisioning.services.mappings import delete_mapping
from sso.provisioning.services.sign_on import sign_on
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.sso.provisioning.people import external, mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iac_platform.common.audit import Actor
    from rbac.access.holdings import Access
    from rbac.models import Team
    from tenants.models import Tenant
    from tests.conftest import Person

ENGINEERS = {"group": "Engineers", "role": "system-engineer"}
ADMINS = {"group": "Admins", "role": "admin"}


@pytest.fixture
def admin(tenant: Tenant, person: Person) -> Iterator[User]:
    """Whoever sets the provider up; the test goes on in the tenant."""
    with tenant_scope(tenant):
        yield person(tenant, "admin")


@pytest.fixture
def clerk(admin: User) -> User:
    """Somebody who may change mappings, and is no admin."""
    needed = ("provider_mapping.update", "user.create", "user.update", "role.grant", "team.update")
    role = create_role(name="Mapper", permissions=dict.fromkeys(needed, "tenant"), actor=admin)
    clerk = create_user(username="mapper", actor=ACTOR)
    grant_role(clerk, role, actor=admin)
    clerk.read_access_again()
    return clerk


@pytest.fixture
def team(admin: User) -> Team:
    """A team whose members are viewers."""
    team = create_team(name="Web", actor=admin)
    grant_role(team, find_role("viewer"), actor=admin)
    return team


def roles_of(user: User) -> set[str]:
    """The roles that are granted to a user themselves."""
    return set(RoleGrant.objects.filter(user=user).values_list("role__key", flat=True))


def with_groups(*groups: str) -> tuple[User, tuple[str, ...]]:
    """Ada signs on with these groups."""
    return sign_on(external(groups=groups))


def test_groups_give_roles_and_teams(admin: User, team: Team) -> None:
    webmasters = {"group": "Web", "team": str(team.pk)}
    mapped(admin, role_sync="add", group_roles=[ENGINEERS, webmasters])
    user, withheld = with_groups("Engineers", "Web", "Others")
    assert (roles_of(user), withheld) == ({"system-engineer"}, ())
    assert user.memberships.get().team == team
    granted = AuditEntry.objects.get(action="role.grant", subject_id=str(user.pk))
    assert granted.actor_id == admin.audit_id


def test_off_gives_nothing(admin: User) -> None:
    mapped(admin, role_sync="off", group_roles=[ENGINEERS])
    user, _ = with_groups("Engineers")
    assert roles_of(user) == set()


def test_groups_are_compared_exactly(admin: User) -> None:
    mapped(admin, role_sync="add", group_roles=[ENGINEERS])
    user, _ = with_groups("engineers", "Engineers ", "Engineer")
    assert roles_of(user) == set()


def test_adding_takes_nothing(admin: User) -> None:
    mapped(admin, role_sync="add", group_roles=[ENGINEERS])
    with_groups("Engineers")
    user, _ = with_groups()
    assert roles_of(user) == {"system-engineer"}


def test_exact_takes_what_it_gave_and_nothing_else(admin: User, team: Team) -> None:
    webmasters = {"group": "Web", "team": str(team.pk)}
    mapped(admin, role_sync="exact", group_roles=[ENGINEERS, webmasters])
    user, _ = with_groups("Engineers", "Web")
    other = create_team(name="Other", actor=admin)
    add_member(other, user, actor=admin)
    grant_role(user, find_role("consultant"), actor=admin)
    user, _ = with_groups()
    assert roles_of(user) == {"consultant"}
    assert [each.team for each in user.memberships.all()] == [other]


def test_exact_leaves_a_role_that_an_admin_had_granted(admin: User) -> None:
    mapped(admin, role_sync="exact", group_roles=[ENGINEERS])
    user, _ = with_groups()
    grant_role(user, find_role("system-engineer"), actor=admin)
    with_groups("Engineers")
    with_groups()
    assert roles_of(user) == {"system-engineer"}


def test_nothing_changes_for_whoever_has_what_they_should(admin: User) -> None:
    mapped(admin, role_sync="exact", group_roles=[ENGINEERS])
    with_groups("Engineers")
    before = AuditEntry.objects.count()
    with_groups("Engineers")
    assert AuditEntry.objects.count() == before


def test_nobody_gets_what_the_author_does_not_hold_any_more(admin: User) -> None:
    author = create_user(username="author", roles=["admin"], actor=ACTOR)
    mapped(author, role_sync="add", group_roles=[ADMINS])
    revoke_role(author, find_role("admin"), actor=admin)
    user, withheld = with_groups("Admins")
    assert roles_of(user) == set()
    assert len(withheld) == 1
    recorded = AuditEntry.objects.get(action=WITHHELD)
    assert recorded.changes["withheld"] == list(withheld)
    grant_role(author, find_role("admin"), actor=admin)
    assert roles_of(with_groups("Admins")[0]) == {"admin"}


def test_an_author_who_left_gives_nothing_and_what_was_given_can_be_taken(admin: User) -> None:
    author = create_user(username="author", roles=["admin"], actor=ACTOR)
    mapped(author, role_sync="exact", group_roles=[ADMINS, ENGINEERS])
    with_groups("Engineers")
    update_user(author, actor=admin, changes={"is_active": False})
    user, withheld = with_groups("Admins")
    assert roles_of(user) == set()
    assert "not active" in withheld[0]


def test_what_one_group_may_not_give_does_not_stop_the_others(admin: User) -> None:
    role = create_role(name="Short-lived", actor=ACTOR)
    groups = [{"group": "Short", "role": role.key}, ENGINEERS]
    mapped(admin, role_sync="add", group_roles=groups)
    delete_role(role, actor=admin)
    user, withheld = with_groups("Short", "Engineers")
    assert roles_of(user) == {"system-engineer"}
    assert len(withheld) == 1


def test_the_last_admin_stays_one(admin: User) -> None:
    mapped(admin, role_sync="exact", group_roles=[ADMINS])
    user, _ = with_groups("Admins")
    RoleGrant.objects.exclude(user=user).filter(role__key="admin").delete()
    _, withheld = with_groups()
    assert roles_of(user) == {"admin"}
    assert len(withheld) == 1


def test_nobody_maps_what_they_do_not_hold(admin: User, clerk: User) -> None:
    mapped(clerk, role_sync="add", group_roles=[{"group": "All", "role": "custom-mapper"}])
    with pytest.raises(CannotGrant):
        mapped(clerk, group_roles=[ADMINS])
    strong = create_team(name="Strong", actor=admin)
    grant_role(strong, find_role("admin"), actor=admin)
    with pytest.raises(CannotGrant):
        mapped(clerk, group_roles=[{"group": "All", "team": str(strong.pk)}])


@pytest.mark.parametrize("missing", ["user.create", "user.update", "role.grant", None])
def test_whoever_may_not_do_it_does_not_have_it_done(admin: User, missing: str | None) -> None:
    needed = {"provider_mapping.update", "user.create", "user.update", "role.grant"}
    permissions = dict.fromkeys(needed - {missing}, "tenant")
    role = create_role(name="Clerk", permissions=permissions, actor=admin)
    clerk = create_user(username="clerk", actor=ACTOR)
    grant_role(clerk, role, actor=admin)
    with pytest.raises(NotPermitted) if missing else nullcontext():
        mapped(clerk, role_sync="add", group_roles=[{"group": "All", "role": role.key}])


def test_whoever_may_not_change_users_maps_where_the_provider_does_not_either(admin: User) -> None:
    needed = {"provider_mapping.update", "user.create"}
    role = create_role(name="Clerk", permissions=dict.fromkeys(needed, "tenant"), actor=admin)
    clerk = create_user(username="clerk", actor=ACTOR)
    grant_role(clerk, role, actor=admin)
    assert not mapped(clerk, updates_users=False).updates_users


def test_a_token_maps_no_more_than_its_limits_allow(admin: User) -> None:
    scopes = ["provider_mapping.update", "user.create", "user.update", "role.grant"]
    admin.through, _ = create_token(admin, name="narrow", scopes=scopes, actor=admin)
    with pytest.raises(CannotGrant):
        mapped(admin, role_sync="add", group_roles=[ADMINS])
    admin.through = None
    mapped(admin, role_sync="add", group_roles=[ADMINS])


@pytest.mark.parametrize(
    "entries",
    [
        {},
        ["Admins"],
        [{"group": "Admins"}],
        [{"role": "admin"}],
        [{"group": "", "role": "admin"}],
        [{"group": "Admins", "role": 1}],
        [{"group": "Admins", "role": "no-such-role"}],
        [{"group": "Admins", "role": "admin", "team": "x"}],
        [{"group": "Admins", "team": "no-id"}],
        [{"group": "Admins", "team": "11111111-1111-4111-8111-111111111111"}],
        [{"group": "x" * 513, "role": "viewer"}],
        [{"group": f"{number}", "role": "viewer"} for number in range(201)],
    ],
    ids=lambda each: str(each)[:40],
)
def test_entries_that_make_no_sense_are_refused(admin: User, entries: object) -> None:
    with pytest.raises(InvalidMapping):
        mapped(admin, group_roles=entries)
    twice = mapped(admin, group_roles=[ENGINEERS, ENGINEERS])
    assert twice.group_roles == [ENGINEERS]


def test_a_preview_tells_all_and_changes_nothing(admin: User) -> None:
    mapping = mapped(admin, role_sync="add", group_roles=[ENGINEERS])
    users, grants = User.objects.count(), RoleGrant.objects.count()
    shown = preview(mapping, external(groups=("Engineers", "Others")))
    assert shown.profile.username == "ada"
    assert shown.entitled.roles == {"system-engineer"}
    assert shown.unmapped_groups == {"Others"}
    assert shown.problem == ""
    assert preview(mapping, external(uid=())).problem
    assert (User.objects.count(), RoleGrant.objects.count()) == (users, grants)


@pytest.mark.parametrize(
    "sent", [{}, {OVERAGE: ("https://graph.example/",)}, {OVERAGE: ("x",), "groups": ("Web",)}]
)
def test_groups_that_were_not_sent_take_nothing(admin: User, sent: dict[str, Any]) -> None:
    mapped(admin, role_sync="exact", group_roles=[ENGINEERS])
    with_groups("Engineers")
    user, withheld = sign_on(external(**sent))
    assert roles_of(user) == {"system-engineer"}
    assert "did not send the groups" in withheld[0]
    user, withheld = with_groups()
    assert (roles_of(user), withheld) == (set(), ())


@pytest.mark.parametrize("how", ["entries", "given before", "deleted"])
def test_nobody_has_taken_what_they_do_not_hold(admin: User, clerk: User, how: str) -> None:
    mapping = mapped(admin, role_sync="exact", group_roles=[ADMINS])
    user, _ = with_groups("Admins")
    if how == "given before":
        mapped(admin, role_sync="add", group_roles=[])
    take: Callable[[], object] = partial(mapped, clerk, role_sync="exact", group_roles=[])
    if how == "deleted":
        take = partial(delete_mapping, mapping, actor=clerk)
    with pytest.raises(CannotGrant):
        take()
    assert roles_of(user) == {"admin"}
    # Who holds it may; and what was given is nobody's to take once the mapping is gone.
    delete_mapping(mapping, actor=admin)
    mapped(clerk, role_sync="exact", group_roles=[])
    with_groups()
    assert roles_of(user) == {"admin"}


def test_a_mapping_that_changes_while_somebody_waits_is_not_applied_as_it_was(admin: User) -> None:
    mapped(admin, role_sync="add", group_roles=[ADMINS])

    def waiting(actor: Actor) -> Access | None:
        held = lock_access(actor)
        mapped(admin, role_sync="add", group_roles=[])
        return held

    with patch("sso.provisioning.services.sign_on.lock_access", waiting):
        user, _ = with_groups("Admins")
    assert roles_of(user) == set()
    mapped(admin, role_sync="add", group_roles=[ADMINS])
    assert roles_of(with_groups("Admins")[0]) == {"admin"}


def test_a_user_who_is_deactivated_while_they_wait_gets_nothing(admin: User) -> None:
    mapped(admin, role_sync="add", group_roles=[ENGINEERS])
    user, _ = with_groups()

    def waiting(actor: Actor) -> Access | None:
        update_user(user, actor=admin, changes={"is_active": False})
        return lock_access(actor)

    with (
        patch("sso.provisioning.services.sign_on.lock_access", waiting),
        pytest.raises(SignOnRefused),
    ):
        with_groups("Engineers")
    assert roles_of(user) == set()


def test_what_somebody_has_ended_is_forgotten(admin: User) -> None:
    mapped(admin, role_sync="add", group_roles=[ENGINEERS, ADMINS])
    user, _ = with_groups("Engineers")
    revoke_role(user, find_role("system-engineer"), actor=admin)
    with_groups("Admins")
    [kept] = Identity.objects.get().grants
    assert RoleGrant.objects.get(pk=kept).role.key == "admin"


def test_the_log_says_that_a_grant_came_by_a_sign_on(admin: User) -> None:
    mapped(admin, role_sync="exact", group_roles=[ENGINEERS])
    with bound_contextvars(client_ip="192.0.2.7"):
        user, _ = with_groups("Engineers")
        grant_role(user, find_role("viewer"), actor=admin)
        with_groups()
    came, went = AuditEntry.objects.filter(action=SYNCED).order_by("created_at")
    assert {came.actor_name, went.actor_name} == {"single sign-on"}
    assert came.changes["given"] == went.changes["taken"] == ["role system-engineer"]
    assert came.changes["mapping_author"] == admin.username
    grants = AuditEntry.objects.filter(action="role.grant", subject_id=str(user.pk))
    addresses = grants.order_by("created_at").values_list("ip_address", flat=True)
    assert list(addresses) == [None, "192.0.2.7"]
