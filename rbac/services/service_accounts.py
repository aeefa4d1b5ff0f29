"""Service accounts: users that are programs, hold roles like anybody and have no password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.changes import changing, create, not_found
from rbac.errors import InvalidUser, TooManyServiceAccounts
from rbac.models import User, UserKind
from rbac.permissions import CREATE_SERVICE_ACCOUNT, UPDATE_SERVICE_ACCOUNT
from rbac.services.access import access_change, require_within_rights
from rbac.services.grants import grant_within
from rbac.services.roles import find_role
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from iac_platform.common.audit import Actor

MOST_SERVICE_ACCOUNTS = 200


def create_service_account(
    *,
    username: str,
    actor: Actor,
    description: str = "",
    owner: UUID | None = None,
    roles: Iterable[str] = (),
) -> User:
    """Add a service account to the current tenant.

    Args:
        username: by which lists and the audit log name it; unique among all users.
        actor: who adds it; may grant only roles within their own rights.
        description: what it is for.
        owner: the id of the person who answers for it; by default the actor, or whoever
            answers for the actor.
        roles: names or keys of roles to grant.

    Raises:
        UsernameTaken: the tenant has a user of this name.
        InvalidUser: a field does not fit.
        TooManyServiceAccounts: the tenant has as many active ones as it may.
        NotPermitted: the actor may not add service accounts (any more), or there are roles,
            and they may not grant any.
        UnknownRole, CannotGrant: see ``grant_role``.
    """
    with access_change(actor, CREATE_SERVICE_ACCOUNT) as held:
        _require_quota()
        account = User(
            username=User.normalize_username(username),
            kind=UserKind.SERVICE,
            description=description,
            owner=_person(owner) if owner is not None else _answering_for(actor),
        )
        account.set_unusable_password()
        create(
            account,
            actor=actor,
            permission=CREATE_SERVICE_ACCOUNT,
            action="service_account.create",
            describe=_described,
        )
        for name in roles:
            grant_within(held, account, find_role(name), actor=actor)
    return account


def update_service_account(
    account: User, *, actor: Actor, changes: Mapping[str, Any], revision: int | None = None
) -> User:
    """Change what a service account is for, who answers for it, or whether it is active.

    Without a difference nothing happens.

    Args:
        account: which one.
        actor: who changes it; must hold all that it holds.
        changes: new values for ``username``, ``description``, ``owner`` (an id, or None) and
            ``is_active``.
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        RevisionConflict: it changed since.
        CannotGrant: it may do more than the actor.
        UsernameTaken, InvalidUser: a field does not fit.
        TooManyServiceAccounts: a deactivated one would come back where there is no room.
    """
    with (
        access_change(actor, UPDATE_SERVICE_ACCOUNT) as held,
        changing(
            account,
            actor=actor,
            permission=UPDATE_SERVICE_ACCOUNT,
            revision=revision,
            action="service_account.update",
        ) as draft,
    ):
        if not draft.is_service:
            raise not_found(draft)
        require_within_rights(draft, actor=actor, held=held)
        if changes.get("username", draft.username) != draft.username:
            draft.username = User.normalize_username(changes["username"])
        draft.description = changes.get("description", draft.description)
        if "owner" in changes:
            draft.owner = None if changes["owner"] is None else _person(changes["owner"])
        if changes.get("is_active", draft.is_active) and not draft.is_active:
            _require_quota()
        draft.is_active = changes.get("is_active", draft.is_active)
    return draft


def _require_quota() -> None:
    """Tenants wait for each other's changes of access, so this stays true until it is written."""
    accounts = User.objects.filter(kind=UserKind.SERVICE, is_active=True)
    if accounts.count() >= MOST_SERVICE_ACCOUNTS:
        raise TooManyServiceAccounts(
            f"A tenant has at most {MOST_SERVICE_ACCOUNTS} active ones. Deactivate some."
        )


def _person(user_id: UUID) -> User:
    person: User | None = User.objects.filter(
        pk=user_id, kind=UserKind.PERSON, is_active=True
    ).first()
    if person is None:
        raise InvalidUser.at("owner", "No active person of the tenant has this id.")
    return person


def _answering_for(actor: Actor) -> User | None:
    """The tenant's person who acts, or who answers for the service account that does."""
    if not isinstance(actor, User) or actor.tenant_id != current_tenant().id:
        return None
    if actor.is_service:
        # Read now: somebody else may answer for it since the request began.
        answering: User | None = User.objects.select_related("owner").get(pk=actor.pk).owner
        return answering
    return actor if actor.kind == UserKind.PERSON else None


def _described(account: User) -> dict[str, Any]:
    """What the audit log says of a new account."""
    owner = account.owner.username if account.owner else None
    return {"username": account.username, "description": account.description, "owner": owner}
