"""What a tenant owns in these tests: at least one object of every kind, made by the services."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db.models import Model
from django.utils import timezone

from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from blueprints.catalog.services.tags import tag_version
from blueprints.catalog.services.versions import create_version
from iac_platform.common.audit import SystemActor
from rbac.models import AuditEntry, Role, RoleGrant
from rbac.services.grants import grant_role
from rbac.services.invitations import invite_user
from rbac.services.roles import create_role
from rbac.services.service_accounts import create_service_account
from rbac.services.support import open_access
from rbac.services.teams import add_member, create_team
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import no_tenant_scope, tenant_scope
from tenants.database.roles import as_owner
from tenants.domains.services.domains import add_domain
from tenants.models import Domain, Operation, OperationKind, OperationStatus, Tenant
from tests.api.zone import publish
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.models import Blueprint, BlueprintTag, BlueprintVersion, Project
    from rbac.models import ApiToken, Invitation, SupportAccess, Team, User

TAG = "production"
REASON = "The nightly import fails"
SUPPORTER = SystemActor("sue of the operator")


@dataclass(frozen=True, slots=True)
class Fixture:
    """One object of each kind, all of them of one tenant and made by one of its users.

    Attributes:
        owner: whose they are; also the user that addresses of users name.
        role: what the owner was granted.
        custom_role, empty_role: made by the tenant; the second allows nothing, is
            granted, and the first inherits from it.
        colleague: in the team, and without any rights.
        grant, delegation: of the empty role; the second was passed on by the owner.
        secret: what opens the API as the owner, of ``token``.
        account, account_token: a program that the owner answers for, and its token.
        version, earlier: the latest version of the blueprint, and the one before it.
        queued, failed: work on a customer, which only the operator sees.
        more: what apps add (``make`` in their module of ``tests.api.resources``), by name.
    """

    tenant: Tenant
    owner: User
    role: Role
    custom_role: Role
    empty_role: Role
    colleague: User
    team: Team
    grant: RoleGrant
    delegation: RoleGrant
    token: ApiToken
    secret: str
    account: User
    account_token: ApiToken
    audit: AuditEntry
    support: SupportAccess
    project: Project
    empty_project: Project
    blueprint: Blueprint
    earlier: BlueprintVersion
    version: BlueprintVersion
    tag: BlueprintTag
    invitation: Invitation
    queued: Operation
    failed: Operation
    domain: Domain
    more: dict[str, Model] = field(default_factory=dict)

    def objects(self) -> dict[str, Model]:
        """All its objects, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {n: v for n, v in values.items() if isinstance(v, Model)} | self.more


def document(cidr: str = "10.0.0.0/16") -> dict[str, Any]:
    """A small valid blueprint."""
    return {
        "cloud": "aws",
        "region": "us-east-1",
        "components": [{"id": "main", "type": "network", "properties": {"cidr": cidr}}],
    }


def make_fixture(tenant: Tenant, owner: User, name: str = "Shop") -> Fixture:
    """Give ``owner`` one object of each kind."""
    queued, failed = _operation(OperationStatus.QUEUED), _operation(OperationStatus.FAILED)
    with tenant_scope(tenant), entitled(owner):
        return Fixture(
            tenant=tenant,
            owner=owner,
            queued=queued,
            failed=failed,
            domain=_domain(tenant, owner),
            **_catalog(owner, name),
            **_credentials(owner, name),
            **_access(owner),
        )


def _catalog(owner: User, name: str) -> dict[str, Any]:
    project = create_project(name=f"{name} of {owner.username}", actor=owner)
    blueprint = create_blueprint(
        project, name=f"{name} network of {owner.username}", document=document(), actor=owner
    )
    earlier = blueprint.versions.get()
    version, _ = create_version(blueprint, document=document("10.1.0.0/16"), actor=owner)
    blueprint.refresh_from_db()
    return {
        "project": project,
        "empty_project": create_project(name=f"Empty {name} of {owner.username}", actor=owner),
        "blueprint": blueprint,
        "earlier": earlier,
        "version": version,
        "tag": tag_version(version, name=TAG, actor=owner)[0],
    }


def _credentials(owner: User, name: str) -> dict[str, Any]:
    token, secret = create_token(owner, name=f"{name} robot", actor=owner)
    account = create_service_account(
        username=f"{name}-of-{owner.username}", owner=owner.pk, roles=["viewer"], actor=SUPPORTER
    )
    support = open_access(operator=SUPPORTER, reason=REASON, role="viewer", minutes=60)
    return {
        "token": token,
        "secret": secret,
        "audit": AuditEntry.objects.filter(subject_id=str(token.pk)).get(),
        "account": account,
        "account_token": create_token(account, name="nightly", actor=SUPPORTER)[0],
        "support": support.access,
        "invitation": invite_user(email=f"guest-of-{owner.username}@example.com", actor=owner)[0],
    }


def _access(owner: User) -> dict[str, Any]:
    empty = create_role(name=f"Empty role of {owner.username}", actor=SUPPORTER)
    colleague = create_user(username=f"colleague-of-{owner.username}", actor=SUPPORTER)
    team = create_team(name=f"Team of {owner.username}", actor=SUPPORTER)
    add_member(team, colleague, actor=SUPPORTER)
    return {
        "role": Role.objects.get(key="system-engineer"),
        "custom_role": create_role(
            name=f"Role of {owner.username}",
            permissions={"project.view": "team"},
            inherits=[empty.key],
            actor=SUPPORTER,
        ),
        "empty_role": empty,
        "colleague": colleague,
        "team": team,
        "grant": grant_role(team, empty, actor=SUPPORTER),
        "delegation": RoleGrant.objects.create(
            user=colleague,
            role=empty,
            delegated_by=owner,
            granted_by=owner.audit_id,
            expires_at=timezone.now() + timedelta(days=30),
        ),
    }


def _domain(tenant: Tenant, owner: User) -> Domain:
    host = f"{owner.username}.{tenant.slug}.example".lower().replace(" ", "-")
    domain = add_domain(tenant, domain=host, actor=owner)
    publish(domain)
    return domain


@contextmanager
def entitled(owner: User) -> Iterator[None]:
    """Let the owner make one of each kind, whatever their own role allows."""
    admin = Role.objects.get(key="admin")
    grant = RoleGrant.objects.filter(user=owner, role=admin).first()
    # By hand, so that nothing tells of it: neither the audit log nor the tenant's stamp.
    borrowed = grant or RoleGrant.objects.create(user=owner, role=admin, granted_by="tests")
    owner.read_access_again()
    try:
        yield
    finally:
        if grant is None:
            borrowed.delete()
        owner.read_access_again()


def without_work(fixture: Fixture) -> Fixture:
    """Remove the operator's work: where tests commit, the next provisioner would do it."""
    with as_owner():
        Operation.objects.filter(pk__in=(fixture.queued.pk, fixture.failed.pk)).delete()
    return fixture


def _operation(status: OperationStatus) -> Operation:
    with no_tenant_scope():
        operator = platform()
    with tenant_scope(operator):
        return Operation.objects.create(
            kind=OperationKind.MOVE,
            tenant_id=uuid4(),
            subject="somebody",
            status=status,
            requested_by="tests",
        )
