"""Linking identities to users, and unlinking them: one's own, or as an admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.transactions import one_transaction
from rbac.permissions import UPDATE_USER
from rbac.selectors import user_by_id
from rbac.services.access import lock_access, require_permissions, require_within_rights
from rbac.services.audit import record
from sso.provisioning.errors import (
    IdentityManaged,
    IdentityNotFound,
    LastWayToSignIn,
    Obstacle,
    SignOnRefused,
)
from sso.provisioning.models import Identity, ProviderKind
from sso.provisioning.selectors import identities_of_user, identity_of
from sso.provisioning.services.access import SIGN_ON, take_access
from sso.provisioning.services.sign_on import new_identity, require_welcome
from sso.sign_in.links import sign_on_links
from sso.sign_in.selectors import signs_in_by_password
from sso.sign_in.services.sessions import end_sessions_of_provider

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.sessions.backends.base import SessionBase

    from iac_platform.common.audit import Actor
    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity


@one_transaction()
def link_identity(external: ExternalIdentity, *, user_id: UUID) -> Identity:
    """Have somebody at a provider be a user who asked for it while signed in.

    The protocol has made sure that it is the same browser which asked. Addresses play no part.

    Args:
        external: who they are there, as the protocol has verified it.
        user_id: who asked.

    Raises:
        SignOnRefused: the identity is another user's, they have another one of this provider, or
            they are not welcome any more.
    """
    external.require_identity()
    lock_access(SIGN_ON)  # of two who link the same at once, one is refused
    user = user_by_id(user_id)
    if user is None:
        raise SignOnRefused(Obstacle.DEACTIVATED, "Whoever asked for it is deactivated.")
    require_welcome(user)
    found = identity_of(external)
    if found is not None and found.user_id == user.pk:
        return found
    if found is not None:
        raise SignOnRefused(Obstacle.LINKED, f"{external.subject!r} is {found.user} already.")
    provider = external.provider
    if identities_of_user(user).filter(provider_id=provider.id).exists():
        raise SignOnRefused(Obstacle.LINKED, f"{user} is somebody else at {provider.name} already.")
    return new_identity(external, user, action="identity.link", actor=user)


@one_transaction()
def unlink_identity(identity: Identity, *, actor: Actor, browser: SessionBase | None = None) -> int:
    """Have somebody at a provider be their user no longer; what their groups gave is taken.

    Sessions that the provider opened for them end: somebody else may have begun them by it. If
    they sign on again they are somebody new, where the provider's mapping creates users.

    Args:
        identity: one of the actor's own, or of somebody whom the actor may change.
        actor: who asks.
        browser: of the actor; its session goes on.

    Returns:
        How many sessions ended.

    Raises:
        IdentityNotFound: it was unlinked meanwhile.
        NotPermitted: it is another's, and the actor may not change users.
        CannotGrant: its user may do more than the actor.
        IdentityManaged: it is the actor's own, and their identity provider manages them by it.
        LastWayToSignIn: it is the actor's own, and they could sign in no more.
        LastAdmin: its user is the last admin, by a group of theirs.
    """
    held = lock_access(actor)
    fresh = Identity.objects.select_related("user").filter(pk=identity.pk).first()
    if fresh is None:
        raise IdentityNotFound("The identity is not linked any more.")
    user = fresh.user
    if user != actor:
        require_permissions(held, UPDATE_USER)
    else:
        _require_own_unlinkable(fresh)
    require_within_rights(user, actor=actor, held=held)
    take_access(fresh)
    record("identity.unlink", fresh, actor=actor, changes={"user": user.username})
    fresh.delete()
    return end_sessions_of_provider(user, identity.provider_id, actor=actor, spared=browser)


def _require_own_unlinkable(identity: Identity) -> None:
    """Nobody unlinks what deactivates them when they leave, nor their last way to sign in."""
    if identity.provider_kind == ProviderKind.SCIM:
        raise IdentityManaged("Your identity provider manages you by it. Ask an administrator.")
    if not _has_another_way(identity.user, identity):
        raise LastWayToSignIn("It is your last way to sign in. Link another one first.")


def _has_another_way(user: User, identity: Identity) -> bool:
    """Whether somebody can sign in without an identity."""
    if signs_in_by_password(user):
        return True
    enabled = [link.provider_id for link in sign_on_links()]
    others = identities_of_user(user).exclude(pk=identity.pk)
    return bool(others.filter(provider_id__in=enabled).exists())
