"""Granting and revoking roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F

from rbac.errors import CannotGrant, LastAdmin, SupportUserIsFixed, UnknownRole
from rbac.models import Role, User, UserKind, UserRole
from rbac.services.audit import record
from rbac.system_roles import BY_KEY, effective
from tenants.context import current_tenant

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from iac_platform.common.audit import Actor

ADMIN = "admin"


def install_system_roles() -> None:
    """Give the current tenant the roles that the platform defines. Idempotent."""
    is_platform = current_tenant().is_platform
    wanted = [role for role in BY_KEY.values() if is_platform or not role.operator_only]
    Role.objects.bulk_create(
        [Role(key=role.key, name=role.name, description=role.description) for role in wanted],
        ignore_conflicts=True,
    )


def find_role(name_or_key: str) -> Role:
    """A role of the current tenant, by its name or its key.

    Raises:
        UnknownRole: there is none; the detail lists those that exist.
    """
    roles = list(Role.objects.all())
    for role in roles:
        if name_or_key in (role.name, role.key):
            return role
    names = ", ".join(sorted(role.name for role in roles))
    raise UnknownRole(f"There is no role {name_or_key!r}. The roles are: {names}.")


@transaction.atomic
def grant_role(user: User, role: Role, *, actor: Actor) -> UserRole:
    """Grant a role; granting it again changes nothing.

    Raises:
        SupportUserIsFixed: the user is the operator's staff.
        CannotGrant: the role allows something that the actor may not do.
    """
    require_person(user)
    _require_holds(actor, role)
    grant, created = UserRole.objects.get_or_create(
        user=user, role=role, defaults={"granted_by": actor.audit_id}
    )
    if created:
        _note_change(user)
        record("role.grant", user, actor=actor, changes={"role": role.key})
    return grant


@transaction.atomic
def revoke_role(user: User, role: Role, *, actor: Actor) -> None:
    """Take a role away; the next request of the user is answered without it.

    Raises:
        SupportUserIsFixed: the user is the operator's staff.
        CannotGrant: the role allows something that the actor may not do.
        LastAdmin: nobody would be left to administer the tenant.
    """
    require_person(user)
    _require_holds(actor, role)
    deleted, _ = UserRole.objects.filter(user=user, role=role).delete()
    if deleted:
        require_an_admin()
        _note_change(user)
        record("role.revoke", user, actor=actor, changes={"role": role.key})


def _note_change(user: User) -> None:
    """A user is shown with their roles, so a grant is a change of the user."""
    User.objects.filter(pk=user.pk).update(revision=F("revision") + 1)
    user.__dict__.pop("role_keys", None)


def require_an_admin() -> None:
    """Refuse a change that leaves the tenant without an active admin.

    Call it in the transaction of the change, after it. The lock lets one such change
    at a time through, so two admins cannot remove each other at once.

    Raises:
        LastAdmin: nobody is left.
    """
    tenant = current_tenant()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(tenant.id)])
    key = "operator" if tenant.is_platform else ADMIN
    if not active_holders(key).exists():
        raise LastAdmin("Make somebody else an admin first.")


def active_holders(key: str) -> QuerySet[UserRole]:
    """The grants of a role to the tenant's own active people; support is none of them."""
    return UserRole.objects.filter(role__key=key, user__is_active=True, user__kind=UserKind.PERSON)


def require_person(user: User) -> None:
    """Refuse to change the operator's staff like one of the tenant's people.

    Raises:
        SupportUserIsFixed: their roles, dates and name are those of their access.
    """
    if user.is_support:
        raise SupportUserIsFixed(
            f"{user} has what its support access says, until it ends. Revoke the access instead."
        )


def require_within_rights(user: User, *, actor: Actor) -> None:
    """Refuse somebody who would get to act as a user who may do more than they.

    Raises:
        CannotGrant: one of the user's roles allows what the actor may not do.
    """
    for grant in user.role_grants.select_related("role"):
        _require_holds(actor, grant.role)


def _require_holds(actor: Actor, role: Role) -> None:
    """Nobody grants, or takes, what they do not hold themselves."""
    if not isinstance(actor, User):
        return  # The platform itself: provisioning and operators' commands.
    held, wanted = actor.effective_permissions, effective(frozenset({role.key}))
    missing = sorted(
        name for name, scope in wanted.items() if name not in held or not held[name].covers(scope)
    )
    if missing:
        raise CannotGrant(
            f"The role {role.name} allows what you may not do yourself: {', '.join(missing[:5])}."
        )
