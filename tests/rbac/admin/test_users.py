from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from rbac.models import AuditEntry, Role, User
from rbac.services.service_accounts import create_service_account
from rbac.services.users import update_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, errors_of
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person

PASSWORD = "a-long-unguessable-phrase"


def role(tenant: Tenant, key: str) -> str:
    with tenant_scope(tenant):
        return str(Role.objects.get(key=key).pk)


def find(tenant: Tenant, username: str) -> User | None:
    with tenant_scope(tenant):
        found: User | None = User.objects.filter(username=username).first()
        if found is not None:
            assert found.role_keys is not None  # read inside the scope
        return found


def actions_of(tenant: Tenant, actor: User) -> list[str]:
    with tenant_scope(tenant):
        entries = AuditEntry.objects.filter(actor_id=actor.audit_id).order_by("created_at")
        return list(entries.values_list("action", flat=True))


def fields_of(user: User, **changes: Any) -> dict[str, Any]:
    return {
        "full_name": user.full_name,
        "email": user.email,
        "is_active": "on",
        "seen_revision": user.revision,
        **changes,
    }


def test_a_user_is_added_with_password_and_roles(admin: AdminClient) -> None:
    tenant, actor = admin.tenant, admin.user
    assert actor is not None
    response = admin.submit(
        "rbac_user_add",
        username="grace",
        full_name="Grace Hopper",
        email="grace@example.com",
        password=PASSWORD,
        password_again=PASSWORD,
        roles=[role(tenant, "viewer")],
    )
    assert response.status_code == 302
    grace = find(tenant, "grace")
    assert grace is not None
    assert grace.check_password(PASSWORD)
    assert grace.role_keys == {"viewer"}
    assert actions_of(tenant, actor) == ["user.create", "role.grant"]


def test_a_user_without_password_cannot_sign_in_with_one(admin: AdminClient) -> None:
    assert admin.submit("rbac_user_add", username="sso-user").status_code == 302
    added = find(admin.tenant, "sso-user")
    assert added is not None
    assert not added.has_usable_password()


def test_refusals_stand_beside_their_field_and_nothing_is_saved(admin: AdminClient) -> None:
    assert admin.user is not None
    taken = admin.submit("rbac_user_add", username=admin.user.username)
    assert "taken" in errors_of(taken)
    weak = admin.submit(
        "rbac_user_add", username="weak", password="password", password_again="password"
    )
    assert "too weak" in errors_of(weak)
    differ = admin.submit(
        "rbac_user_add", username="weak", password=PASSWORD, password_again=PASSWORD + "!"
    )
    assert "differ" in errors_of(differ)
    assert find(admin.tenant, "weak") is None
    assert actions_of(admin.tenant, admin.user) == []


def test_roles_are_granted_and_revoked_by_ticking(admin: AdminClient, person: Person) -> None:
    tenant = admin.tenant
    user = person(tenant, "viewer", "vic")
    ticked = [role(tenant, "system-engineer")]
    fields = fields_of(user, revision=1, roles=ticked)
    fields["seen_revision"] = find(tenant, "vic").revision  # type: ignore[union-attr]  # just made
    assert admin.submit("rbac_user_change", user.pk, **fields).status_code == 302
    assert find(tenant, "vic").role_keys == {"system-engineer"}  # type: ignore[union-attr]  # just made
    assert admin.user is not None
    assert set(actions_of(tenant, admin.user)) == {"role.grant", "role.revoke"}


def test_the_last_admin_stays_admin_and_active(admin: AdminClient) -> None:
    user, tenant = admin.user, admin.tenant
    assert user is not None
    fresh = find(tenant, user.username)
    assert fresh is not None
    without_role = admin.submit("rbac_user_change", user.pk, **fields_of(fresh, roles=[]))
    assert "at least one active admin" in errors_of(without_role)
    deactivated = fields_of(fresh, roles=[role(tenant, "admin")])
    del deactivated["is_active"]
    assert "at least one active admin" in errors_of(
        admin.submit("rbac_user_change", user.pk, **deactivated)
    )
    still = find(tenant, user.username)
    assert still is not None
    assert still.is_active
    assert still.role_keys == {"admin"}
    assert actions_of(tenant, user) == []


def test_an_outdated_form_is_refused_and_says_so(admin: AdminClient, person: Person) -> None:
    tenant = admin.tenant
    user = person(tenant, "viewer", "vic")
    opened = find(tenant, "vic")
    assert opened is not None
    with tenant_scope(tenant):
        update_user(user, actor=ACTOR, changes={"full_name": "Changed meanwhile"})
    stale = fields_of(opened, full_name="Mine", roles=[role(tenant, "viewer")])
    for _ in range(2):
        response = admin.submit("rbac_user_change", user.pk, **stale)
        assert "since you opened it" in errors_of(response)
    current = find(tenant, "vic")
    assert current is not None
    assert current.full_name == "Changed meanwhile"
    fresh = fields_of(current, full_name="Mine", roles=[role(tenant, "viewer")])
    assert admin.submit("rbac_user_change", user.pk, **fresh).status_code == 302


def test_a_form_sets_only_what_it_shows(admin: AdminClient, person: Person) -> None:
    user = person(admin.tenant, "viewer", "vic")
    before = find(admin.tenant, "vic")
    assert before is not None
    smuggled = fields_of(
        before,
        full_name="Vic",
        roles=[role(admin.tenant, "viewer")],
        tenant_id=uuid.uuid4(),
        id=uuid.uuid4(),
        username="root",
        password="plain",
        is_staff="on",
        is_superuser="on",
        last_login="2020-01-01",
        revision=77,
    )
    assert admin.submit("rbac_user_change", user.pk, **smuggled).status_code == 302
    after = find(admin.tenant, "vic")
    assert after is not None
    assert after.full_name == "Vic"
    for field in ("pk", "tenant_id", "username", "password", "last_login"):
        assert getattr(after, field) == getattr(before, field), field


def test_a_role_of_another_tenant_cannot_be_ticked(
    acme: Tenant, globex: Tenant, person: Person
) -> None:
    client = AdminClient(acme, person(acme, "admin"))
    refused = client.submit("rbac_user_add", username="eve", roles=[role(globex, "admin")])
    assert "not one of the available choices" in errors_of(refused)
    assert find(acme, "eve") is None
    own = client.submit("rbac_user_add", username="eve", roles=[role(acme, "admin")])
    assert own.status_code == 302


def test_nobody_grants_what_they_do_not_hold(operator: Tenant, person: Person) -> None:
    person(operator, "operator")
    client = AdminClient(operator, person(operator, "admin"))
    refused = client.submit("rbac_user_add", username="eve", roles=[role(operator, "operator")])
    assert "cannot grant more than you hold" in errors_of(refused)
    assert find(operator, "eve") is None
    allowed = client.submit("rbac_user_add", username="eve", roles=[role(operator, "viewer")])
    assert allowed.status_code == 302


def test_a_password_is_set_for_those_within_ones_own_rights_only(
    operator: Tenant, person: Person
) -> None:
    boss = person(operator, "operator", password=PASSWORD)
    colleague = person(operator, "viewer", password=PASSWORD)
    client = AdminClient(operator, person(operator, "admin"))
    new = {"password": "another-long-secret", "password_again": "another-long-secret"}
    refused = client.submit("rbac_user_set_password", boss.pk, **new)
    assert "cannot grant more than you hold" in refused.content.decode()
    assert find(operator, boss.username).check_password(PASSWORD)  # type: ignore[union-attr]  # made above
    assert client.submit("rbac_user_set_password", colleague.pk, **new).status_code == 302
    changed = find(operator, colleague.username)
    assert changed is not None
    assert changed.check_password("another-long-secret")


def test_users_are_never_deleted_here(admin: AdminClient, person: Person) -> None:
    user = person(admin.tenant, "viewer", "vic")
    assert admin.submit("rbac_user_delete", user.pk, post="yes").status_code == 403
    assert find(admin.tenant, "vic") is not None


def test_the_list_filters_by_role_and_searches(admin: AdminClient, person: Person) -> None:
    person(admin.tenant, "viewer", "vic")
    person(admin.tenant, "engineer", "edith")
    by_role = admin.page("rbac_user_changelist", role="viewer")
    assert "vic" in by_role
    assert "edith" not in by_role
    found = admin.page("rbac_user_changelist", q="edith")
    assert "edith" in found
    assert ">vic<" not in found


def test_a_service_account_is_shown_as_one_and_not_changed_like_a_person(
    admin: AdminClient, person: Person
) -> None:
    tenant, owner = admin.tenant, person(admin.tenant, "viewer", "olga")
    with tenant_scope(tenant):
        account = create_service_account(
            username="deployer", owner=owner.pk, description="Deploys at night", actor=ACTOR
        )
    assert "Service account" in admin.page("rbac_user_changelist", kind__exact="service")
    shown = admin.page("rbac_user_change", account.pk)
    for text in ("Deploys at night", "olga", "Service account"):
        assert text in shown
    fields = fields_of(account, full_name="Eve")
    assert admin.submit("rbac_user_change", account.pk, **fields).status_code == 403
    passwords = {"password": PASSWORD, "password_again": PASSWORD}
    admin.submit("rbac_user_set_password", account.pk, **passwords)
    found = find(tenant, "deployer")
    assert found is not None
    assert (found.full_name, found.has_usable_password()) == ("", False)
    fresh = find(tenant, "olga")
    assert fresh is not None
    renamed = admin.submit("rbac_user_change", owner.pk, **fields_of(fresh, full_name="Olga"))
    assert renamed.status_code == 302, errors_of(renamed)
