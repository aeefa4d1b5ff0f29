"""Users, roles, tokens and the audit log, by their services, in both tiers."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from iac_platform.common.errors import DomainError, RevisionConflict
from rbac import tokens
from rbac.errors import (
    CannotGrant,
    InvalidToken,
    LastAdmin,
    UnknownRole,
    UsernameTaken,
    WeakPassword,
)
from rbac.models import ApiToken, AuditEntry, RoleGrant, User
from rbac.selectors import token_by_digest, user_by_id
from rbac.services.audit import REDACTED, AuditOutsideTransaction, record
from rbac.services.grants import grant_role, revoke_role
from rbac.services.roles import find_role, install_system_roles
from rbac.services.tokens import create_token, revoke_token
from rbac.services.users import change_password, create_user, update_user
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.rbac.access.actors import make_manager

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.conftest import Person, Rivals
    from tests.throwaway import ThrowawayTenants


def actions() -> list[str]:
    return sorted(AuditEntry.objects.values_list("action", flat=True))


@pytest.mark.usefixtures("in_scope")
def test_a_user_is_created_with_roles_and_entries() -> None:
    user = create_user(username="ada", password="correct-horse-9", roles=["viewer"], actor=ACTOR)
    assert user.check_password("correct-horse-9")
    assert user.role_keys == {"viewer"}
    assert actions() == ["role.grant", "user.create"]


@pytest.mark.usefixtures("in_scope")
@pytest.mark.parametrize(
    ("details", "error", "why"),
    [
        ({"username": "ada"}, UsernameTaken, "The name is taken"),
        ({"username": "bob", "password": "short"}, WeakPassword, "too short"),
        ({"username": "bob", "password": "password1234"}, WeakPassword, "too common"),
        ({"username": "bob", "roles": ["emperor"]}, UnknownRole, "the key 'emperor'"),
        ({"username": "bob", "roles": ["operator"]}, UnknownRole, "the key 'operator'"),
    ],
)
def test_a_refused_user_leaves_nothing_behind(
    details: dict[str, Any], error: type[DomainError], why: str
) -> None:
    create_user(username="ada", actor=ACTOR)
    before = actions()
    with pytest.raises(error, match=why):
        create_user(**details, actor=ACTOR)
    assert list(User.objects.values_list("username", flat=True)) == ["ada"]
    assert actions() == before


def test_a_name_is_taken_in_one_tenant_only(rivals: Rivals) -> None:
    for tenant in rivals:
        with tenant_scope(tenant):
            create_user(username="ada", actor=ACTOR)
            with pytest.raises(UsernameTaken, match="The name is taken"):
                create_user(username="ada", actor=ACTOR)


@pytest.mark.usefixtures("in_scope")
def test_two_writers_of_one_user_and_the_second_is_told() -> None:
    user = create_user(username="ada", actor=ACTOR)
    changed = update_user(user, actor=ACTOR, changes={"full_name": "Ada"}, revision=user.revision)
    with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
        update_user(user, actor=ACTOR, changes={"full_name": "Eve"}, revision=user.revision)
    assert User.objects.get().full_name == "Ada"
    assert changed.revision == user.revision + 1


@pytest.mark.usefixtures("in_scope")
def test_fields_beyond_the_list_are_not_assigned() -> None:
    user = create_user(username="ada", actor=ACTOR)
    changes = {"full_name": "Ada", "kind": "service", "tenant_id": None, "password": "x"}
    update_user(user, actor=ACTOR, changes=changes)
    found = User.objects.get()
    assert (found.full_name, found.kind) == ("Ada", "person")
    assert found.tenant_id == user.tenant_id
    assert found.password == user.password


def test_nobody_grants_or_takes_what_they_do_not_hold(tenant: Tenant, person: Person) -> None:
    engineer, admin, viewer = (person(tenant, role) for role in ("engineer", "admin", "viewer"))
    with tenant_scope(tenant):
        make_manager(engineer)
        for key, name in (("admin", "Admin"), ("enterprise-architect", "Enterprise Architect")):
            with pytest.raises(CannotGrant, match=name):
                grant_role(engineer, find_role(key), actor=engineer)
        with pytest.raises(CannotGrant, match="The role Admin allows what you may not do yourself"):
            revoke_role(admin, find_role("admin"), actor=engineer)
        assert "admin" not in engineer.role_keys
        # Granting oneself what one holds anyway is allowed, and so is all to the admin.
        grant_role(viewer, find_role("system-engineer"), actor=engineer)
        grant_role(viewer, find_role("admin"), actor=admin)
        assert User.objects.get(pk=viewer.pk).role_keys == {"viewer", "system-engineer", "admin"}


def test_a_password_is_set_only_within_ones_own_rights(tenant: Tenant, person: Person) -> None:
    engineer, admin, viewer = (person(tenant, role) for role in ("engineer", "admin", "viewer"))
    with tenant_scope(tenant):
        make_manager(engineer)
        with pytest.raises(CannotGrant, match="allows what you may not do yourself"):
            change_password(admin, password="correct-horse-9", actor=engineer)
        assert not User.objects.get(pk=admin.pk).check_password("correct-horse-9")
        change_password(viewer, password="correct-horse-9", actor=admin)
        assert User.objects.get(pk=viewer.pk).check_password("correct-horse-9")


def test_granting_twice_changes_nothing(tenant: Tenant, person: Person) -> None:
    user = person(tenant, "viewer")
    with tenant_scope(tenant):
        before = actions()
        grant_role(user, find_role("viewer"), actor=ACTOR)
        install_system_roles()
        assert RoleGrant.objects.filter(user=user).count() == 1
        assert actions() == before


def test_a_tenant_keeps_one_active_admin(tenant: Tenant, person: Person) -> None:
    first = person(tenant, "admin")
    with tenant_scope(tenant):
        with pytest.raises(LastAdmin, match="Make somebody else an admin first"):
            update_user(first, actor=ACTOR, changes={"is_active": False})
        with pytest.raises(LastAdmin, match="Make somebody else an admin first"):
            revoke_role(first, find_role("admin"), actor=ACTOR)
        assert User.objects.get(pk=first.pk).is_active
    second = person(tenant, "admin", "second")
    with tenant_scope(tenant):
        revoke_role(first, find_role("admin"), actor=second)
        with pytest.raises(LastAdmin, match="Make somebody else an admin first"):
            update_user(second, actor=second, changes={"is_active": False})


@pytest.mark.parametrize("tier", ["standard", "enterprise"])
def test_two_admins_cannot_remove_each_other_at_once(
    committed_tenants: ThrowawayTenants, person: Person, tier: str
) -> None:
    tenant = committed_tenants(tier)
    admins = [person(tenant, "admin", name) for name in ("one", "two")]
    ready, outcomes = threading.Barrier(2), []

    def remove(victim: User) -> None:
        try:
            with tenant_scope(tenant):
                ready.wait(timeout=30)
                update_user(victim, actor=ACTOR, changes={"is_active": False})
                outcomes.append("done")
        except LastAdmin:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=[admin]) for admin in admins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]
    with tenant_scope(tenant):
        assert User.objects.filter(is_active=True).count() == 1


def test_a_token_is_kept_as_its_digest_and_finds_its_user(tenant: Tenant, person: Person) -> None:
    user = person(tenant, "engineer")
    with tenant_scope(tenant):
        row, secret = create_token(user, name="ci", actor=ACTOR)
        found = token_by_digest(tokens.digest(secret))
        assert found is not None
        assert (found.user, found.user.role_keys) == (user, {"system-engineer"})
        stored = ApiToken.objects.filter(pk=row.pk).values().get()
        assert secret not in str(stored)
        assert secret not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("lapse", ["revoked", "expired", "deactivated"])
def test_a_lapsed_token_finds_nobody(tenant: Tenant, person: Person, lapse: str) -> None:
    user = person(tenant, "viewer")
    person(tenant, "admin")
    with tenant_scope(tenant):
        row, secret = create_token(user, name="ci", actor=ACTOR)
        digest = tokens.digest(secret)
        assert token_by_digest(digest) is not None
        lapses: dict[str, Callable[[], object]] = {
            "revoked": lambda: revoke_token(row, actor=ACTOR),
            "expired": lambda: ApiToken.objects.update(expires_at=timezone.now()),
            "deactivated": lambda: update_user(user, actor=ACTOR, changes={"is_active": False}),
        }
        lapses[lapse]()
        assert token_by_digest(digest) is None


def test_a_token_of_another_tenant_finds_nobody(rivals: Rivals, person: Person) -> None:
    attacker, victim = rivals
    user = person(victim, "admin")
    with tenant_scope(victim):
        _, secret = create_token(user, name="ci", actor=ACTOR)
        assert token_by_digest(tokens.digest(secret)) is not None
    with tenant_scope(attacker):
        assert token_by_digest(tokens.digest(secret)) is None
        assert user_by_id(user.pk) is None


def test_a_token_does_not_expire_in_the_past(tenant: Tenant, person: Person) -> None:
    user, now = person(tenant, "viewer"), timezone.now()
    with tenant_scope(tenant):
        with pytest.raises(InvalidToken, match="expires_at lies in the past"):
            create_token(user, name="ci", actor=ACTOR, expires_at=now)
        create_token(user, name="ci", actor=ACTOR, expires_at=now + timedelta(days=1))
        assert ApiToken.objects.count() == 1


def test_an_audit_entry_is_rolled_back_with_its_action(tenant: Tenant, person: Person) -> None:
    user = person(tenant, "viewer")
    with tenant_scope(tenant):
        before = actions()
        with transaction.atomic():
            record("test.undone", user, actor=ACTOR)
            transaction.set_rollback(True)
        assert actions() == before
        with transaction.atomic():
            record("test.done", user, actor=ACTOR)
        assert "test.done" in actions()


def test_an_entry_outside_a_transaction_is_refused(committed_tenants: ThrowawayTenants) -> None:
    with (
        tenant_scope(committed_tenants()),
        pytest.raises(AuditOutsideTransaction, match="must be recorded inside"),
    ):
        record("test.done", User(username="x"), actor=ACTOR)


def test_secrets_are_redacted_wherever_they_stand(tenant: Tenant, person: Person) -> None:
    user = person(tenant, "viewer")
    changes = {
        "password": "hunter2",
        "nested": [{"api_key": "hunter2", "Client-Secret": ["hunter2"]}, {"name": "kept"}],
        "when": timezone.now(),
    }
    with tenant_scope(tenant), transaction.atomic():
        entry = record("test.done", user, actor=ACTOR, changes=changes)
        entry.refresh_from_db()
    assert "hunter2" not in str(entry.changes)
    assert entry.changes["password"] == REDACTED
    assert entry.changes["nested"][1] == {"name": "kept"}


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_log_cannot_be_changed(tenant: Tenant, person: Person, verb: str) -> None:
    person(tenant, "viewer")
    writes: dict[str, Callable[[Any], object]] = {
        "update": lambda rows: rows.update(action="nothing"),
        "delete": lambda rows: rows._raw_delete("default"),  # noqa: SLF001  # as cascades do
    }
    with tenant_scope(tenant):
        before = actions()
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            writes[verb](AuditEntry.objects.all())
        assert actions() == before != []
