"""What a tenant owns in these tests: at least one object of every kind, made by the services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from blueprints.catalog.services.tags import tag_version
from blueprints.catalog.services.versions import create_version
from iac_platform.common.audit import SystemActor
from rbac.models import AuditEntry, Role
from rbac.services.support import open_access
from rbac.services.tokens import create_token
from tenants.context import no_tenant_scope, tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Domain, Operation, OperationKind, OperationStatus, Tenant
from tenants.services.domains import add_domain
from tests.api.zone import publish
from tests.throwaway import platform

if TYPE_CHECKING:
    from blueprints.catalog.models import Blueprint, BlueprintTag, BlueprintVersion, Project
    from rbac.models import ApiToken, SupportAccess, User

TAG = "production"
REASON = "The nightly import fails"
SUPPORTER = SystemActor("sue of the operator")


@dataclass(frozen=True, slots=True)
class Estate:
    """One object of each kind, all of them of one tenant and made by one of its users.

    Attributes:
        owner: whose they are; also the user that addresses of users name.
        role: what the owner was granted.
        version, earlier: the latest version of the blueprint, and the one before it.
        queued, failed: work on a customer, which only the operator sees.
    """

    tenant: Tenant
    owner: User
    role: Role
    token: ApiToken
    audit: AuditEntry
    support: SupportAccess
    project: Project
    empty_project: Project
    blueprint: Blueprint
    earlier: BlueprintVersion
    version: BlueprintVersion
    tag: BlueprintTag
    queued: Operation
    failed: Operation
    domain: Domain


def document(cidr: str = "10.0.0.0/16") -> dict[str, Any]:
    """A small valid blueprint."""
    return {
        "cloud": "aws",
        "region": "us-east-1",
        "components": [{"id": "main", "type": "network", "properties": {"cidr": cidr}}],
    }


def make_estate(tenant: Tenant, owner: User, name: str = "Shop") -> Estate:
    """Give ``owner`` one object of each kind."""
    queued, failed = _operation(OperationStatus.QUEUED), _operation(OperationStatus.FAILED)
    with tenant_scope(tenant):
        project = create_project(name=f"{name} of {owner.username}", actor=owner)
        empty_project = create_project(name=f"Empty {name} of {owner.username}", actor=owner)
        blueprint = create_blueprint(
            project, name=f"{name} network of {owner.username}", document=document(), actor=owner
        )
        earlier = blueprint.versions.get()
        version, _ = create_version(blueprint, document=document("10.1.0.0/16"), actor=owner)
        tag, _ = tag_version(version, name=TAG, actor=owner)
        token, _ = create_token(owner, name=f"{name} robot", actor=owner)
        support = open_access(operator=SUPPORTER, reason=REASON, role="viewer", minutes=60)
        host = f"{owner.username}.{tenant.slug}.example".lower().replace(" ", "-")
        domain = add_domain(tenant, domain=host, actor=owner)
        publish(domain)
        blueprint.refresh_from_db()
        return Estate(
            tenant=tenant,
            owner=owner,
            role=Role.objects.get(key="system-engineer"),
            token=token,
            audit=AuditEntry.objects.filter(subject_id=str(token.pk)).get(),
            support=support.access,
            project=project,
            empty_project=empty_project,
            blueprint=blueprint,
            earlier=earlier,
            version=version,
            tag=tag,
            queued=queued,
            failed=failed,
            domain=domain,
        )


def without_work(estate: Estate) -> Estate:
    """Remove the operator's work: where tests commit, the next provisioner would do it."""
    with as_owner():
        Operation.objects.filter(pk__in=(estate.queued.pk, estate.failed.pk)).delete()
    return estate


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
