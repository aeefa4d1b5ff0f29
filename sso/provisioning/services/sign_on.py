"""Somebody signs on by a provider: who they are here, as a user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.utils import timezone

from rbac.errors import InvalidUser, UsernameTaken
from rbac.models import UserKind
from rbac.services.access import lock_access
from rbac.services.audit import Subject, record
from rbac.services.denials import record_sparingly
from rbac.services.users import SESSION_ENDER, add_user, new_user, update_user
from sso.provisioning.errors import Obstacle, SignOnRefused
from sso.provisioning.external import profile_of, require_group, require_username
from sso.provisioning.models import Identity
from sso.provisioning.providers import provisioned_user
from sso.provisioning.selectors import identity_of, mapping_of
from sso.provisioning.services.access import SIGN_ON, changes_access, sync_access
from tenants.quotas.errors import QuotaExceeded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iac_platform.common.audit import Actor
    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity, Profile, Provider
    from sso.provisioning.models import ProviderMapping


class SignedOn(NamedTuple):
    """Somebody who is let in.

    Attributes:
        user: who they are here.
        withheld: what was sent, or their groups stand for, and was not applied: why, for admins.
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
    found = _find(external)
    if found.needs_changes():
        # Decided anew, once nobody else changes it: the mapping and the user may be others by
        # now, and the same person may sign on twice at once.
        lock_access(SIGN_ON)
        found = _find(external)
    identity = found.identity or new_identity(
        external, found.provisioned or _new_user(found.profile)
    )
    withheld = tuple(_update(identity.user, found.updates()))
    return SignedOn(
        identity.user, (*withheld, *sync_access(identity, found.mapping, found.profile.groups))
    )


def note_session(user: User, provider: Provider) -> None:
    """Note that somebody's identity opens a session, in the transaction that writes it.

    Whoever unlinks the identity waits for that, and ends the session then. Call it once the user
    and the provider's configuration are locked: deleting that takes its identities along.

    Raises:
        SignOnRefused: the identity was unlinked meanwhile.
    """
    rows = Identity.objects.filter(provider_kind=provider.kind, provider_id=provider.id, user=user)
    if not rows.update(last_signed_in_at=timezone.now()):
        raise SignOnRefused(Obstacle.UNKNOWN, f"The identity of {user} was unlinked meanwhile.")


@transaction.atomic
def end_sessions_without_group(external: ExternalIdentity, refusal: SignOnRefused) -> None:
    """End the sessions of somebody who was refused as they are in no required group any more.

    Call it once the transaction of the sign-on was rolled back.
    """
    identity = identity_of(external) if refusal.obstacle is Obstacle.NO_GROUP else None
    if identity is not None:
        SESSION_ENDER.get()(identity.user)
        subject = Subject("rbac.user", str(identity.user.pk), identity.user.username)
        provider = {"provider": external.provider.name}
        record_sparingly("identity.group_missing", subject, SIGN_ON, provider)


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is of somebody, and what their mapping makes of them.

    Attributes:
        provisioned: who they are by what the provider said before, where they have no identity.
    """

    mapping: ProviderMapping
    profile: Profile
    identity: Identity | None
    provisioned: User | None = None

    def updates(self) -> dict[str, str]:
        """Names and address that differ; what was not sent stays."""
        if self.identity is None or not self.mapping.updates_users:
            return {}
        sent = {"email": self.profile.email, "full_name": self.profile.full_name}
        user = self.identity.user
        return {key: value for key, value in sent.items() if value not in {"", getattr(user, key)}}

    def needs_changes(self) -> bool:
        """Whether anything must be written for them to be let in."""
        return (
            self.identity is None
            or bool(self.updates())
            or changes_access(self.identity, self.mapping, self.profile.groups)
        )


def _find(external: ExternalIdentity) -> _Found:
    """Read who somebody is by now.

    Raises:
        SignOnRefused: they are not let in.
    """
    mapping = mapping_of(external.provider)
    profile = profile_of(mapping, external)
    if profile.groups is not None or not external.may_omit_groups:
        require_group(mapping, profile)
    identity = identity_of(external)
    provisioned = provisioned_user(external) if identity is None else None
    user = provisioned if identity is None else identity.user
    if user is not None:
        require_welcome(user)
    elif not mapping.creates_users:
        raise SignOnRefused(
            Obstacle.UNKNOWN,
            f"{external.subject!r} has no user, and the mapping does not create users.",
        )
    elif external.is_open and not mapping.requires_group:
        raise SignOnRefused(
            Obstacle.UNKNOWN,
            "Anybody can have an account at this provider, so nobody becomes a user by one alone. "
            "Have its mapping require a group, or add people here and have them link theirs.",
        )
    else:
        require_username(profile)
    return _Found(mapping, profile, identity, provisioned)


def _new_user(profile: Profile) -> User:
    """Add a user who has no password, and no role yet."""
    try:
        user = new_user(username=profile.username, email=profile.email, full_name=profile.full_name)
        return add_user(user, actor=SIGN_ON)
    except UsernameTaken as error:
        reason = (
            f"Another user already has the username {profile.username!r}. Rename that user, or map "
            "a different attribute to the username. If it is the same person, whom the identity "
            "provider calls by another name now, unlink the old identity (Identities in the "
            "admin), and have them link the new one."
        )
        raise SignOnRefused(Obstacle.USERNAME_TAKEN, reason) from error
    except InvalidUser as error:
        raise SignOnRefused(Obstacle.PROFILE_INVALID, error.detail) from error
    except QuotaExceeded as error:
        raise SignOnRefused(Obstacle.QUOTA, error.detail) from error


def new_identity(
    external: ExternalIdentity,
    user: User,
    *,
    action: str = "identity.create",
    actor: Actor = SIGN_ON,
) -> Identity:
    """Note who somebody is here; on record under an action of whoever caused it."""
    identity = Identity(
        provider_kind=external.provider.kind,
        provider_id=external.provider.id,
        subject=external.subject,
        digest=external.digest,
        user=user,
    )
    identity.save(force_insert=True)
    changes = {"user": user.username, "provider": external.provider.name}
    record(action, identity, actor=actor, changes=changes)
    return identity


def require_welcome(user: User) -> None:
    """Refuse everybody but the tenant's active people.

    Raises:
        SignOnRefused: they are not let in.
    """
    if user.kind != UserKind.PERSON:
        raise SignOnRefused(Obstacle.NOT_A_PERSON, f"{user} is not one of the tenant's people.")
    if not user.is_active:
        raise SignOnRefused(Obstacle.DEACTIVATED, f"{user} is deactivated.")


def _update(user: User, changes: dict[str, str]) -> Iterator[str]:
    """Take over names and address; what does not fit stays as it was, and why is returned."""
    for name, value in changes.items():
        try:
            with transaction.atomic():
                update_user(user, actor=SIGN_ON, changes={name: value})
        except InvalidUser as error:
            yield f"{name}: {error.detail}"
