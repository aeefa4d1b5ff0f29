"""Requests about people, roles, tokens and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.audit import SystemActor
from rbac.models import ApiToken, AuditEntry, Role, RoleGrant, User
from rbac.services.support import open_access
from tests.api.estates import REASON, SUPPORTER
from tests.api.samples.sample import Address, Sample

if TYPE_CHECKING:
    from tests.api.estates import Estate

PASSWORD = "tangerine-orbit-42"
_ACTOR = SystemActor("tests")


def more_users(estate: Estate, count: int) -> None:
    """Users who hold a role each."""
    users = User.objects.bulk_create(
        User(username=f"colleague-{number}", password="!") for number in range(count)
    )
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=estate.role, granted_by=_ACTOR.audit_id) for user in users
    )


def more_roles(estate: Estate, count: int) -> None:
    """Roles that allow nothing."""
    del estate
    Role.objects.bulk_create(
        Role(key=f"role-{number}", name=f"Role {number}") for number in range(count)
    )


def more_tokens(estate: Estate, count: int) -> None:
    """Tokens of the estate's owner."""
    ApiToken.objects.bulk_create(
        ApiToken(user=estate.owner, name=f"robot {number}", prefix="iac", digest=str(number))
        for number in range(count)
    )


def more_entries(estate: Estate, count: int) -> None:
    """Lines of the audit log."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            actor_id=_ACTOR.audit_id,
            actor_name=_ACTOR.audit_name,
            action="user.create",
            subject_type="rbac.user",
            subject_id=str(estate.owner.pk),
        )
        for _ in range(count)
    )


def more_accesses(estate: Estate, count: int) -> None:
    """Times that the operator's staff was here."""
    del estate
    for _ in range(count):
        open_access(operator=SUPPORTER, reason=REASON, role="viewer", minutes=5)


_USER = Address({"pk": lambda estate: estate.owner.pk}, hidden=("pk",))
_ACCESS = Address({"pk": lambda estate: estate.support.pk}, hidden=("pk",))
_TOKEN = Address({"pk": lambda estate: estate.token.pk}, hidden=("pk",))

SAMPLES = {
    "GET /api/v1/me/": Sample(),
    "GET /api/v1/users/": Sample(
        filters={
            "username": lambda estate: estate.owner.username,
            "email": lambda estate: estate.owner.email,
            "is_active": "true",
            "role": "system-engineer",
        },
        fill=more_users,
    ),
    "POST /api/v1/users/": Sample(
        201,
        body=lambda _: {
            "username": "newcomer",
            "email": "new@example.com",
            "password": PASSWORD,
            "roles": ["Viewer"],
        },
    ),
    "GET /api/v1/users/{pk}/": Sample(address=_USER),
    "PATCH /api/v1/users/{pk}/": Sample(address=_USER, body=lambda _: {"full_name": "Some Body"}),
    "POST /api/v1/users/{pk}/roles/": Sample(address=_USER, body=lambda _: {"role": "Consultant"}),
    "DELETE /api/v1/users/{pk}/roles/{role}/": Sample(
        204,
        address=Address({**_USER.values, "role": lambda estate: estate.role.key}, hidden=("pk",)),
    ),
    "GET /api/v1/roles/": Sample(fill=more_roles),
    "GET /api/v1/roles/{pk}/": Sample(
        address=Address({"pk": lambda estate: estate.role.pk}, hidden=("pk",))
    ),
    "GET /api/v1/tokens/": Sample(
        filters={"user": lambda estate: estate.owner.username, "revoked": "false"},
        fill=more_tokens,
    ),
    "POST /api/v1/tokens/": Sample(201, body=lambda _: {"name": "deployments"}),
    "GET /api/v1/tokens/{pk}/": Sample(address=_TOKEN),
    "DELETE /api/v1/tokens/{pk}/": Sample(204, address=_TOKEN),
    "GET /api/v1/support-access/": Sample(fill=more_accesses),
    "GET /api/v1/support-access/{pk}/": Sample(address=_ACCESS),
    "DELETE /api/v1/support-access/{pk}/": Sample(204, address=_ACCESS),
    "GET /api/v1/audit/": Sample(
        filters={
            "action": "token.create",
            "actor_id": lambda estate: estate.owner.audit_id,
            "subject_type": "rbac.apitoken",
            "subject_id": lambda estate: estate.token.pk,
            "request_id": "",
            "since": "2020-01-01T00:00:00Z",
            "until": "2100-01-01T00:00:00Z",
        },
        fill=more_entries,
    ),
    "GET /api/v1/audit/export/": Sample(query="since=2020-01-01T00:00:00Z"),
    "GET /api/v1/audit/{pk}/": Sample(
        address=Address({"pk": lambda estate: estate.audit.pk}, hidden=("pk",))
    ),
}
