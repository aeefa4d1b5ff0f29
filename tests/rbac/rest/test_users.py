"""Adding and changing people over the API, in both tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from rbac.models import AuditEntry, User
from tenants.context import tenant_scope

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Person

USERS = "/api/v1/users/"
PASSWORD = "tangerine-orbit-42"
NEWCOMER = {"username": "newcomer", "email": "new@example.com", "password": PASSWORD}


def one(user: Any) -> str:
    return f"{USERS}{user.pk}/"


def count(tenant: Tenant) -> tuple[int, int]:
    """How many users there are, and how many entries of the audit log."""
    with tenant_scope(tenant):
        return User.objects.count(), AuditEntry.objects.exclude(action="access.denied").count()


def test_a_user_can_be_added_found_and_changed(tenant: Tenant, api: Api) -> None:
    admin = api(tenant)
    made = admin.post(USERS, {**NEWCOMER, "full_name": "New Comer", "roles": ["viewer"]})
    assert made.status_code == 201
    shown = made.json()
    assert (shown["username"], shown["roles"], shown["is_active"]) == ("newcomer", ["viewer"], True)
    assert "password" not in shown
    found = admin.get(made.headers["Location"])
    assert found.json()["id"] == shown["id"]
    changed = admin.patch(
        made.headers["Location"], {"full_name": "Old Hand"}, headers={"If-Match": found["ETag"]}
    )
    assert changed.status_code == 200
    assert changed.json()["full_name"] == "Old Hand"
    assert changed["ETag"] != found["ETag"]
    with tenant_scope(tenant):
        entry = AuditEntry.objects.filter(action="user.update").latest("created_at")
        assert User.objects.get(username="newcomer").check_password(PASSWORD)
    assert entry.changes == {"full_name": ["New Comer", "Old Hand"]}
    assert (entry.actor_id, entry.request_id) == (
        admin.user.audit_id if admin.user else "",
        changed["X-Request-ID"],
    )


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"password": "short"}, 400, "weak-password"),
        ({"password": "password12345"}, 400, "weak-password"),
        ({"password": "newcomer-new"}, 400, "weak-password"),
        ({"username": ""}, 400, "validation-failed"),
        ({"username": "x" * 151}, 400, "validation-failed"),
        ({"username": "two words"}, 400, "invalid-user"),
        ({"email": "nowhere"}, 400, "validation-failed"),
        ({"roles": ["emperor"]}, 400, "unknown-role"),
        ({"roles": ["operator"]}, 400, "unknown-role"),
        ({"roles": "viewer"}, 400, "validation-failed"),
    ],
)
def test_what_does_not_fit_adds_nobody(
    tenant: Tenant, api: Api, wrong: dict[str, Any], status: int, code: str
) -> None:
    admin = api(tenant)
    before = count(tenant)
    refused = admin.post(USERS, {**NEWCOMER, **wrong})
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert count(tenant) == before
    assert admin.post(USERS, NEWCOMER).status_code == 201


@pytest.mark.parametrize(
    "member",
    ["id", "tenant_id", "is_staff", "is_superuser", "role", "created_by", "revision", "is_active"],
)
def test_nobody_sets_what_they_should_not_when_adding(
    tenant: Tenant, api: Api, member: str
) -> None:
    admin = api(tenant)
    before = count(tenant)
    refused = admin.post(USERS, {**NEWCOMER, member: str(uuid4())})
    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        {"pointer": f"/{member}", "code": "unknown-member", "detail": "There is no such member."}
    ]
    assert count(tenant) == before


@pytest.mark.parametrize(
    "member",
    ["id", "tenant_id", "is_staff", "is_superuser", "roles", "password", "revision"],
)
def test_nobody_sets_what_they_should_not_when_changing(
    tenant: Tenant, api: Api, person: Person, member: str
) -> None:
    admin, user = api(tenant), person(tenant, "viewer")
    before = count(tenant)
    any_revision = {"If-Match": "*"}
    refused = admin.patch(one(user), {member: "x", "full_name": "y"}, headers=any_revision)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unknown-member")
    assert count(tenant) == before
    with tenant_scope(tenant):
        assert User.objects.get(pk=user.pk).full_name == ""
    assert admin.patch(one(user), {"full_name": "y"}, headers=any_revision).status_code == 200


def test_a_name_is_taken_within_the_tenant_only(tenant: Tenant, globex: Tenant, api: Api) -> None:
    admin = api(tenant)
    assert admin.post(USERS, NEWCOMER).status_code == 201
    again = admin.post(USERS, NEWCOMER)
    assert (again.status_code, again.json()["code"]) == (409, "username-taken")
    assert api(globex).post(USERS, NEWCOMER).status_code == 201


def test_a_change_names_the_revision_it_is_based_on(
    tenant: Tenant, api: Api, person: Person
) -> None:
    admin, user = api(tenant), person(tenant, "viewer")
    seen = admin.get(one(user))["ETag"]

    def rename(**headers: str) -> Any:
        return admin.patch(one(user), {"full_name": "Some Body"}, headers=headers)

    missing = rename()
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition-required")
    assert rename(**{"If-Match": seen}).status_code == 200
    stale = rename(**{"If-Match": seen})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    assert rename(**{"If-Match": f"W/{admin.get(one(user))['ETag']}"}).status_code == 412


def test_a_new_role_makes_a_new_revision(tenant: Tenant, api: Api, person: Person) -> None:
    admin, user = api(tenant), person(tenant, "viewer")
    seen = admin.get(one(user))["ETag"]
    assert admin.get(one(user), headers={"If-None-Match": seen}).status_code == 304
    assert admin.post(f"{one(user)}roles/", {"role": "consultant"}).status_code == 200
    assert admin.get(one(user), headers={"If-None-Match": seen}).status_code == 200


def test_a_deactivated_users_access_ends_with_the_next_request(tenant: Tenant, api: Api) -> None:
    admin, viewer = api(tenant), api(tenant, "viewer")
    assert viewer.get("/api/v1/me/").status_code == 200
    any_revision = {"If-Match": "*"}
    admin.patch(one(viewer.user), {"is_active": False}, headers=any_revision)
    assert viewer.get("/api/v1/me/").status_code == 401
    admin.patch(one(viewer.user), {"is_active": True}, headers=any_revision)
    assert viewer.get("/api/v1/me/").status_code == 200


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("username=ann", ["ann"]),
        ("email=bob@example.com", ["bob"]),
        ("role=viewer", ["ann", "bob"]),
        ("is_active=false", []),
        ("role=viewer&username=bob", ["bob"]),
        ("username=nobody", []),
    ],
)
def test_lists_can_be_narrowed(
    tenant: Tenant, api: Api, person: Person, query: str, names: list[str]
) -> None:
    for name in ("ann", "bob"):
        person(tenant, "viewer", name, email=f"{name}@example.com")
    page = api(tenant).get(f"{USERS}?{query}&ordering=username").json()
    assert [user["username"] for user in page["results"]] == names


def test_pages_are_in_order_and_lose_nobody(tenant: Tenant, api: Api, person: Person) -> None:
    names = [f"user-{number}" for number in range(5)]
    for name in names:
        person(tenant, "viewer", name)
    admin = api(tenant, "admin", "an-admin")
    for ordering, expected in (
        ("username", ["an-admin", *names]),
        ("-username", [*reversed(names), "an-admin"]),
        ("created_at", [*names, "an-admin"]),
    ):
        address, found = f"{USERS}?page_size=2&ordering={ordering}", []
        while address:
            page = admin.get(address).json()
            found += [user["username"] for user in page["results"]]
            address = page["next"]
        assert found == expected


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page_size=many", "page_size"),
        ("ordering=password", "ordering"),
        ("ordering=tenant_id", "ordering"),
        ("cursor=made-up", "cursor"),
        ("full_name=x", "full_name"),
        ("tenant_id=x", "tenant_id"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    tenant: Tenant, api: Api, query: str, parameter: str
) -> None:
    admin = api(tenant)
    refused = admin.get(f"{USERS}?{query}")
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.json()["errors"]] == [parameter]
    assert admin.get(f"{USERS}?page_size=200").status_code == 200


def test_a_repeated_request_adds_one_user(tenant: Tenant, api: Api) -> None:
    admin, key = api(tenant), {"Idempotency-Key": str(uuid4())}
    first, second = (admin.post(USERS, NEWCOMER, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second["Idempotent-Replayed"] == "true"
    other = admin.post(USERS, {**NEWCOMER, "username": "other"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_a_username_is_changed_and_free_for_others(
    tenant: Tenant, api: Api, person: Person
) -> None:
    admin, left = api(tenant), person(tenant, "viewer", "ann")
    address = f"{USERS}{left.pk}/"
    taken = admin.post(USERS, {"username": "ANN"})
    assert (taken.status_code, taken.json()["code"]) == (409, "username-taken")
    tag = admin.get(address)["ETag"]
    changed = admin.patch(address, {"username": "ann-2026"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["username"]) == (200, "ann-2026")
    assert admin.post(USERS, {"username": "ANN"}).status_code == 201
    revision = admin.get(address).json()["revision"]
    mixed = admin.patch(address, {"username": "аnn"}, headers={"If-Match": f'"{revision}"'})  # noqa: RUF001  # Cyrillic
    assert (mixed.status_code, mixed.json()["errors"][0]["pointer"]) == (400, "/username")
    viewer = api(tenant, "viewer")
    refused = viewer.patch(address, {"username": "x"}, headers={"If-Match": "*"})
    assert refused.status_code == 404
    assert admin.get(address).json()["username"] == "ann-2026"


def test_people_are_ordered_as_people_read(tenant: Tenant, api: Api, person: Person) -> None:
    for name in ("Zulu", "apple", "Beta"):
        person(tenant, "viewer", name)
    admin = api(tenant, "admin", "an-admin")
    address, found = f"{USERS}?page_size=1&ordering=username", []
    while address:
        page = admin.get(address).json()
        found += [user["username"] for user in page["results"]]
        address = page["next"]
    assert found == ["an-admin", "apple", "Beta", "Zulu"]
