"""Requests about people, roles, tokens and the audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from django.utils import timezone

from iac_platform.common.audit import SystemActor
from rbac.models import ApiToken, AuditEntry, Invitation, Role, RoleGrant, Team, TeamMember, User
from rbac.services.support import open_access
from tests.api.fixtures import REASON, SUPPORTER
from tests.api.sample import Address, Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture

PASSWORD = "tangerine-orbit-42"
_ACTOR = SystemActor("tests")
IN_A_MONTH = (timezone.now() + timedelta(days=30)).isoformat()


def more_users(fixture: Fixture, count: int) -> None:
    """Users who hold a role each."""
    users = User.objects.bulk_create(
        User(username=f"colleague-{number}", password="!") for number in range(count)
    )
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=fixture.role, granted_by=_ACTOR.audit_id) for user in users
    )


def more_roles(fixture: Fixture, count: int) -> None:
    """Roles that allow nothing."""
    del fixture
    Role.objects.bulk_create(
        Role(key=f"role-{number}", name=f"Role {number}") for number in range(count)
    )


def more_grants(fixture: Fixture, count: int) -> None:
    """Grants to the fixture's team, each limited to another project."""
    RoleGrant.objects.bulk_create(
        RoleGrant(
            team=fixture.team,
            role=fixture.empty_role,
            projects=[uuid4()],
            granted_by=_ACTOR.audit_id,
        )
        for _ in range(count)
    )


def more_delegations(fixture: Fixture, count: int) -> None:
    """What the fixture's owner has passed on."""
    RoleGrant.objects.bulk_create(
        RoleGrant(
            user=fixture.colleague,
            role=fixture.empty_role,
            projects=[uuid4()],
            granted_by=fixture.owner.audit_id,
            delegated_by=fixture.owner,
        )
        for _ in range(count)
    )


def more_teams(fixture: Fixture, count: int) -> None:
    """Teams without members."""
    del fixture
    Team.objects.bulk_create(Team(name=f"Team {number}") for number in range(count))


def more_members(fixture: Fixture, count: int) -> None:
    """Users in the fixture's team."""
    users = User.objects.bulk_create(
        User(username=f"member-{number}", password="!") for number in range(count)
    )
    TeamMember.objects.bulk_create(
        TeamMember(team=fixture.team, user=user, added_by=_ACTOR.audit_id) for user in users
    )


def more_tokens(fixture: Fixture, count: int) -> None:
    """Tokens of the fixture's owner."""
    ApiToken.objects.bulk_create(
        ApiToken(user=fixture.owner, name=f"robot {number}", prefix="iac", digest=str(number))
        for number in range(count)
    )


def more_invitations(fixture: Fixture, count: int) -> None:
    """Invitations by the fixture's owner."""
    Invitation.objects.bulk_create(
        Invitation(
            email=f"guest-{number}@example.com",
            digest=f"{number:064}",
            expires_at=timezone.now() + timedelta(days=1),
            invited_by=fixture.owner,
        )
        for number in range(count)
    )


def more_entries(fixture: Fixture, count: int) -> None:
    """Lines of the audit log."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            actor_id=_ACTOR.audit_id,
            actor_name=_ACTOR.audit_name,
            action="user.create",
            subject_type="rbac.user",
            subject_id=str(fixture.owner.pk),
        )
        for _ in range(count)
    )


def more_accesses(fixture: Fixture, count: int) -> None:
    """Times that the operator's staff was here."""
    del fixture
    for _ in range(count):
        open_access(operator=SUPPORTER, reason=REASON, role="viewer", minutes=5)


_USER = address_of("owner")
_ACCESS = address_of("support")
_CUSTOM_ROLE = address_of("custom_role")
_GRANT = address_of("grant")
_DELEGATION = address_of("delegation")
_TEAM = address_of("team")
_IN_TEAM = address_of("team", "team")
_INVITATION = address_of("invitation")
_TOKEN = address_of("token")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
me/
    GET    -     200 200 200 200 200 200 200 200 200 401 200
users/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
users/{pk}/
    GET    other 200 200 404 404 200 404 404 404 404 401 200
    GET    own   200 200 200 200 200 200 200 200 404 401 200
    PATCH  other 200 403 404 404 403 404 404 404 404 401 200
    PATCH  own   200 403 403 403 403 403 403 403 404 401 200
users/{pk}/roles/
    POST   other 200 403 404 404 403 404 404 404 404 401 200
    POST   own   200 403 403 403 403 403 403 403 404 401 200
users/{pk}/roles/{role}/
    DELETE other 204 403 404 404 403 404 404 404 404 401 204
roles/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
roles/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    PATCH  -     200 403 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
grants/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
grants/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
delegations/
    GET    -     200 200 403 403 200 403 403 403 403 401 200
    POST   other 201 201 403 403 201 403 403 403 403 401 201
    POST   own   201 201 403 403 201 403 403 403 403 401 201
delegations/{pk}/
    GET    other 200 404 404 404 404 404 404 404 404 401 200
    GET    own   200 200 404 404 200 404 404 404 404 401 200
    DELETE other 204 404 404 404 404 404 404 404 404 401 204
    DELETE own   204 204 404 404 204 404 404 404 404 401 204
teams/
    GET    -     200 200 403 403 200 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
teams/{pk}/
    GET    -     200 200 404 404 200 404 404 404 404 401 200
    PATCH  -     200 403 404 404 403 404 404 404 404 401 200
    DELETE -     204 403 404 404 403 404 404 404 404 401 204
teams/{team}/members/
    GET    -     200 200 404 404 200 404 404 404 404 401 200
    POST   -     201 403 404 404 403 404 404 404 404 401 201
teams/{team}/members/{user}/
    DELETE -     204 403 404 404 403 404 404 404 404 401 204
tokens/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
    POST   -     201 201 201 201 201 201 201 201 403 401 201
tokens/{pk}/
    GET    other 200 404 404 404 404 404 404 404 404 401 200
    GET    own   200 200 200 200 200 200 200 200 404 401 200
    DELETE other 204 404 404 404 404 404 404 404 404 401 204
    DELETE own   204 204 204 204 204 204 204 204 404 401 204
support-access/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
support-access/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    DELETE -     204 404 404 404 404 404 404 404 404 401 204
audit/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
audit/export/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
audit/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
invitations/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
invitations/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    DELETE -     204 404 404 404 404 404 404 404 404 401 204
"""

SAMPLES = {
    "GET /api/v1/me/": Sample(),
    "GET /api/v1/users/": Sample(
        filters={
            "username": lambda fixture: fixture.owner.username,
            "email": lambda fixture: fixture.owner.email,
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
            "roles": ["viewer"],
        },
    ),
    "GET /api/v1/users/{pk}/": Sample(address=_USER),
    "PATCH /api/v1/users/{pk}/": Sample(address=_USER, body=lambda _: {"full_name": "Some Body"}),
    "POST /api/v1/users/{pk}/roles/": Sample(address=_USER, body=lambda _: {"role": "consultant"}),
    "DELETE /api/v1/users/{pk}/roles/{role}/": Sample(
        204,
        address=Address({**_USER.values, "role": lambda fixture: fixture.role.key}, hidden=("pk",)),
    ),
    "GET /api/v1/roles/": Sample(fill=more_roles),
    "GET /api/v1/roles/{pk}/": Sample(address=address_of("role")),
    "POST /api/v1/roles/": Sample(
        201,
        body=lambda fixture: {
            "name": "Reader",
            "description": "Reads what their team has.",
            "permissions": {"project.view": "team", "blueprint.view": "own"},
            "inherits": [fixture.empty_role.key],
        },
        references=("inherits",),
    ),
    "PATCH /api/v1/roles/{pk}/": Sample(
        address=_CUSTOM_ROLE, body=lambda _: {"permissions": {"project.view": "tenant"}}
    ),
    "DELETE /api/v1/roles/{pk}/": Sample(204, address=_CUSTOM_ROLE),
    "GET /api/v1/grants/": Sample(
        filters={
            "role": lambda fixture: fixture.empty_role.key,
            "user": lambda fixture: fixture.colleague.pk,
            "team": lambda fixture: fixture.team.pk,
        },
        fill=more_grants,
    ),
    "POST /api/v1/grants/": Sample(
        201,
        body=lambda fixture: {
            "role": "viewer",
            "team": str(fixture.team.pk),
            "projects": [str(fixture.project.pk)],
            "expires_at": IN_A_MONTH,
        },
        references=("team", "projects"),
    ),
    "GET /api/v1/grants/{pk}/": Sample(address=_GRANT),
    "DELETE /api/v1/grants/{pk}/": Sample(204, address=_GRANT),
    "GET /api/v1/delegations/": Sample(fill=more_delegations),
    "POST /api/v1/delegations/": Sample(
        201,
        body=lambda fixture: {
            "role": fixture.empty_role.key,
            "user": str(fixture.colleague.pk),
            "projects": [str(fixture.project.pk)],
            "expires_at": IN_A_MONTH,
        },
        references=("role", "user", "projects"),
    ),
    "GET /api/v1/delegations/{pk}/": Sample(address=_DELEGATION),
    "DELETE /api/v1/delegations/{pk}/": Sample(204, address=_DELEGATION),
    "GET /api/v1/teams/": Sample(fill=more_teams),
    "POST /api/v1/teams/": Sample(
        201,
        body=lambda fixture: {"name": "Builders", "parent": str(fixture.team.pk)},
        references=("parent",),
    ),
    "GET /api/v1/teams/{pk}/": Sample(address=_TEAM),
    "PATCH /api/v1/teams/{pk}/": Sample(address=_TEAM, body=lambda _: {"name": "Movers"}),
    "DELETE /api/v1/teams/{pk}/": Sample(204, address=_TEAM),
    "GET /api/v1/teams/{team}/members/": Sample(address=_IN_TEAM, fill=more_members),
    "POST /api/v1/teams/{team}/members/": Sample(
        201,
        address=_IN_TEAM,
        body=lambda fixture: {"user": str(fixture.owner.pk)},
        references=("user",),
    ),
    "DELETE /api/v1/teams/{team}/members/{user}/": Sample(
        204,
        address=Address(
            {**_IN_TEAM.values, "user": lambda fixture: fixture.colleague.pk},
            hidden=("team", "user"),
        ),
    ),
    "GET /api/v1/tokens/": Sample(
        filters={"user": lambda fixture: fixture.owner.username, "revoked": "false"},
        fill=more_tokens,
    ),
    "POST /api/v1/tokens/": Sample(201, body=lambda _: {"name": "deployments"}),
    "GET /api/v1/tokens/{pk}/": Sample(address=_TOKEN),
    "DELETE /api/v1/tokens/{pk}/": Sample(204, address=_TOKEN),
    "GET /api/v1/invitations/": Sample(fill=more_invitations),
    "POST /api/v1/invitations/": Sample(
        201, body=lambda _: {"email": "guest@example.com", "roles": ["viewer"]}
    ),
    "GET /api/v1/invitations/{pk}/": Sample(address=_INVITATION),
    "DELETE /api/v1/invitations/{pk}/": Sample(204, address=_INVITATION),
    "GET /api/v1/support-access/": Sample(fill=more_accesses),
    "GET /api/v1/support-access/{pk}/": Sample(address=_ACCESS),
    "DELETE /api/v1/support-access/{pk}/": Sample(204, address=_ACCESS),
    "GET /api/v1/audit/": Sample(
        filters={
            "action": "token.create",
            "actor_id": lambda fixture: fixture.owner.audit_id,
            "subject_type": "rbac.apitoken",
            "subject_id": lambda fixture: fixture.token.pk,
            "request_id": "0123456789abcdef",
            "since": "2020-01-01T00:00:00Z",
            "until": "2100-01-01T00:00:00Z",
        },
        fill=more_entries,
    ),
    "GET /api/v1/audit/export/": Sample(query="since=2020-01-01T00:00:00Z"),
    "GET /api/v1/audit/{pk}/": Sample(address=address_of("audit")),
}
