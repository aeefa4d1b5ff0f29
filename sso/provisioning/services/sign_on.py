"""Somebody signs on by a provider: who they are here, as a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from rbac.errors import InvalidUser, UsernameTaken
from rbac.models import UserKind
from rbac.services.access import lock_access
from rbac.services.audit import record
from rbac.services.users import add_user, new_user, update_user
from sso.provisioning.errors import Obstacle, SignOnRefused
from sso.provisioning.external import profile_of, require_username
from sso.provisioning.models import Identity
from sso.provisioning.selectors import identity_of, mapping_of
from sso.provisioning.services.access import SIGN_ON, sync_access
from tenants.quotas.errors import QuotaExceeded

if TYPE_CHECKING:
    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity, Profile
    from sso.provisioning.models import ProviderMapping


class SignedOn(NamedTuple):
    """Somebody who is let in.

    Attributes:
        user: who they are here.
        withheld: what their groups stand for, and they were not given: why, for admins.
    """

    user: User
    withheld: tuple[str, ...]


@transaction.atomic
def sign_on(external: ExternalIdentity) -> SignedOn:
    """Find, create and update the user whom a provider has signed on.

    They are found by the provider and its subject alone: an address says nothing about who
    somebody is, as whoever runs a provider can assert any.

    Args:
        external: who they are there, as the protocol has verified it.

    Raises:
        SignOnRefused: they are not let in. Nothing of it stays.
    """
    external.require_identity()
    mapping = mapping_of(external.provider)
    profile = profile_of(mapping, external)
    identity = identity_of(external) or _known_or_new(external, mapping, profile)
    _require_welcome(identity.user)
    if mapping.updates_users:
        _update(identity.user, profile)
    return SignedOn(identity.user, sync_access(identity, mapping, profile.groups))


def _known_or_new(
    external: ExternalIdentity, mapping: ProviderMapping, profile: Profile
) -> Identity:
    """The identity of somebody who signs on for the first time, perhaps in two browsers at once."""
    if not mapping.creates_users:
        raise SignOnRefused(
            Obstacle.UNKNOWN, f"{external.subject!r} has no user, and the mapping creates none."
        )
    require_username(profile)
    lock_access(SIGN_ON)
    return identity_of(external) or _new_identity(external, _new_user(profile))


def _new_user(profile: Profile) -> User:
    """Add a user who has no password, and no role yet."""
    try:
        user = new_user(username=profile.username, email=profile.email, full_name=profile.full_name)
        return add_user(user, actor=SIGN_ON)
    except UsernameTaken as error:
        reason = f"The username {profile.username!r} is that of a user who did not come from here."
        raise SignOnRefused(Obstacle.USERNAME_TAKEN, reason) from error
    except InvalidUser as error:
        raise SignOnRefused(Obstacle.PROFILE_INVALID, error.detail) from error
    except QuotaExceeded as error:
        raise SignOnRefused(Obstacle.QUOTA, error.detail) from error


def _new_identity(external: ExternalIdentity, user: User) -> Identity:
    identity = Identity(
        provider_kind=external.provider.kind,
        provider_id=external.provider.id,
        subject=external.subject,
        digest=external.digest,
        user=user,
    )
    identity.save(force_insert=True)
    changes = {"user": user.username, "provider": external.provider.name}
    record("identity.create", identity, actor=SIGN_ON, changes=changes)
    return identity


def _require_welcome(user: User) -> None:
    if user.kind != UserKind.PERSON:
        raise SignOnRefused(Obstacle.NOT_A_PERSON, f"{user} is not one of the tenant's people.")
    if not user.is_active:
        raise SignOnRefused(Obstacle.DEACTIVATED, f"{user} is deactivated.")


def _update(user: User, profile: Profile) -> None:
    """Take over names and address where they differ; what was not sent stays."""
    sent = {"email": profile.email, "full_name": profile.full_name}
    changes = {
        name: value for name, value in sent.items() if value and value != getattr(user, name)
    }
    if not changes:
        return
    try:
        update_user(user, actor=SIGN_ON, changes=changes)
    except InvalidUser as error:
        raise SignOnRefused(Obstacle.PROFILE_INVALID, error.detail) from error
