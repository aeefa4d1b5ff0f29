"""Who somebody becomes who signs on by an identity provider."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import AuditEntry, User
from rbac.services.service_accounts import create_service_account
from rbac.services.support import open_access
from rbac.services.users import create_user, update_user
from sso.provisioning.errors import Obstacle, SignOnRefused
from sso.provisioning.models import Identity
from sso.provisioning.services.sign_on import sign_on
from tenants.context import tenant_scope
from tests.api.fixtures import REASON, SUPPORTER
from tests.conftest import ACTOR
from tests.sso.provisioning.people import ENTRA, OKTA, external, mapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sso.provisioning.external import ExternalIdentity
    from tenants.models import Tenant
    from tests.conftest import Person, Rivals


@pytest.fixture
def admin(tenant: Tenant, person: Person) -> Iterator[User]:
    """Whoever sets the provider up; the test goes on in the tenant."""
    with tenant_scope(tenant):
        yield person(tenant, "admin")


def obstacle(who: ExternalIdentity) -> Obstacle:
    """Why somebody is not let in; nothing of the attempt must stay."""
    users, identities = User.objects.count(), Identity.objects.count()
    with pytest.raises(SignOnRefused) as caught:
        sign_on(who)
    assert caught.value.reason
    assert (User.objects.count(), Identity.objects.count()) == (users, identities)
    return caught.value.obstacle


def test_somebody_new_becomes_a_user_without_a_password_or_a_role(admin: User) -> None:
    mapped(admin)
    user = sign_on(external()).user
    assert (user.username, user.email, user.full_name) == ("ada", "ada@example.com", "Ada Byron")
    assert not user.has_usable_password()
    assert not user.role_keys
    made = AuditEntry.objects.filter(actor_name="single sign-on").order_by("created_at")
    assert list(made.values_list("action", flat=True)) == ["user.create", "identity.create"]


def test_where_anybody_can_have_an_account_only_a_group_makes_users(admin: User) -> None:
    mapped(admin)
    anybody = replace(external(groups=("Engineers",)), is_open=True)
    assert obstacle(anybody) is Obstacle.UNKNOWN
    group = [{"group": "Engineers", "role": "viewer"}]
    mapped(admin, requires_group=True, group_roles=group)
    assert obstacle(replace(anybody, attributes={"groups": ("Others",)})) is Obstacle.NO_GROUP
    user = sign_on(anybody).user
    mapped(admin, requires_group=False, group_roles=group)
    assert sign_on(anybody).user == user, "whoever is one already stays one"


def test_the_second_time_they_are_the_same(admin: User) -> None:
    mapped(admin)
    first = sign_on(external()).user
    assert sign_on(external()).user == first
    assert Identity.objects.count() == 1


def test_without_a_mapping_the_subject_is_the_username(admin: User) -> None:
    del admin
    assert sign_on(external("ada@example.com")).user.username == "ada@example.com"


def test_names_and_addresses_follow(admin: User) -> None:
    mapped(admin)
    sign_on(external())
    user = sign_on(external(mail=("ada@new.example",), cn=("Ada King",))).user
    user.refresh_from_db()
    assert (user.username, user.email, user.full_name) == ("ada", "ada@new.example", "Ada King")
    kept = sign_on(external(mail=(), cn=())).user
    assert (kept.email, kept.full_name) == ("ada@new.example", "Ada King")


def test_names_stay_where_the_mapping_says_so(admin: User) -> None:
    mapped(admin, updates_users=False)
    sign_on(external())
    assert sign_on(external(cn=("Ada King",))).user.full_name == "Ada Byron"


@pytest.mark.parametrize(
    "other", [external("00U1"), external("00u1", ENTRA), external("00u1 ")], ids=str
)
def test_another_subject_or_provider_is_somebody_else(admin: User, other: ExternalIdentity) -> None:
    mapped(admin)
    mapped(admin, ENTRA)
    ada = sign_on(external()).user
    assert obstacle(other) == Obstacle.USERNAME_TAKEN
    renamed = external(other.subject, other.provider, uid=("eve",))
    assert sign_on(renamed).user != ada


@pytest.mark.parametrize("username", ["boss", "BOSS", "\uff22oss"])
def test_nobody_gets_anothers_account_by_its_name_or_address(admin: User, username: str) -> None:
    mapped(admin)
    boss = create_user(username="boss", email="boss@example.com", roles=["admin"], actor=ACTOR)
    claimed = external(uid=(username,), mail=("boss@example.com",))
    assert obstacle(claimed) in {Obstacle.USERNAME_TAKEN, Obstacle.PROFILE_INVALID}
    other = sign_on(external(mail=("boss@example.com",))).user
    assert other != boss
    assert not other.role_keys


def test_the_same_person_at_two_tenants_is_two_users(rivals: Rivals, person: Person) -> None:
    seen = []
    for tenant in rivals:
        with tenant_scope(tenant):
            mapped(person(tenant, "admin"))
            seen.append(sign_on(external()).user)
            assert Identity.objects.count() == 1
    assert seen[0].pk != seen[1].pk
    assert seen[0].tenant_id != seen[1].tenant_id


def test_a_deactivated_user_is_refused_and_stays_so(admin: User) -> None:
    mapped(admin)
    user = sign_on(external()).user
    update_user(user, actor=admin, changes={"is_active": False})
    assert obstacle(external()) == Obstacle.DEACTIVATED
    update_user(user, actor=admin, changes={"is_active": True})
    assert sign_on(external()).user == user


def test_only_people_sign_on(admin: User) -> None:
    mapped(admin)
    sign_on(external())
    identity = Identity.objects.get()
    robot = create_service_account(username="robot", actor=ACTOR)
    support = open_access(operator=SUPPORTER, reason=REASON, role="viewer", minutes=5)
    for user in (robot, support.access.user):
        Identity.objects.filter(pk=identity.pk).update(user=user)
        assert obstacle(external()) == Obstacle.NOT_A_PERSON


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"uid": ()}, Obstacle.USERNAME_MISSING),
        ({"uid": ("",)}, Obstacle.USERNAME_MISSING),
        ({"uid": ("x" * 151,)}, Obstacle.PROFILE_INVALID),
        ({"mail": ("no address",)}, Obstacle.PROFILE_INVALID),
        ({"cn": ("n" * 201,)}, Obstacle.PROFILE_INVALID),
    ],
    ids=lambda each: str(each)[:40],
)
def test_what_cannot_be_a_user_is_refused(
    admin: User, sent: dict[str, Any], expected: Obstacle
) -> None:
    mapped(admin)
    assert obstacle(external(**sent)) == expected
    assert sign_on(external()).user.username == "ada"


def test_what_does_not_fit_later_stays_as_it_was(admin: User) -> None:
    mapped(admin)
    sign_on(external())
    user, withheld = sign_on(external(mail=("no address",), cn=("Ada King",)))
    user.refresh_from_db()
    assert (user.email, user.full_name) == ("ada@example.com", "Ada King")
    assert withheld[0].startswith("email: ")
    assert sign_on(external(mail=("a@b.example",))).withheld == ()


@pytest.mark.parametrize("subject", ["", "x" * 1025])
def test_a_subject_that_is_none_is_refused(admin: User, subject: str) -> None:
    mapped(admin)
    assert obstacle(external(subject)) == Obstacle.NOT_LASTING
    assert sign_on(external("x" * 1024)).user.username == "ada"


def test_a_mapping_may_let_in_only_who_is_known(admin: User) -> None:
    mapped(admin)
    known = sign_on(external()).user
    mapped(admin, creates_users=False)
    assert obstacle(external("00u2", uid=("eve",))) == Obstacle.UNKNOWN
    assert sign_on(external()).user == known


def test_a_quota_holds(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped(admin)
    active = User.objects.filter(is_active=True, kind="person").count()
    monkeypatch.setattr("tenants.quotas.services.limit_of", lambda *_: active)
    assert obstacle(external()) == Obstacle.QUOTA
    monkeypatch.setattr("tenants.quotas.services.limit_of", lambda *_: active + 1)
    assert sign_on(external()).user.username == "ada"
    assert obstacle(external("00u2", OKTA, uid=("eve",))) == Obstacle.QUOTA


@pytest.mark.parametrize(
    ("subject", "username"),
    [
        ("o'brien@corp.example", "o-brien@corp.example"),
        ("auth0|5f00", "auth0-5f00"),
        ("CORP\\bob", "CORP-bob"),
        ("q7/Zk+8=", "q7-Zk+8-"),
        ("ada", "ada"),
    ],
)
def test_a_subject_becomes_a_username_that_may_be(admin: User, subject: str, username: str) -> None:
    del admin
    user = sign_on(external(subject)).user
    assert user.username == username
    assert sign_on(external(subject)).user == user


def test_two_subjects_that_become_one_username_are_two_users(admin: User) -> None:
    del admin
    sign_on(external("auth0|5f00"))
    assert obstacle(external("auth0/5f00")) == Obstacle.USERNAME_TAKEN
