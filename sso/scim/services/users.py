"""Creating, changing and deleting the people of a directory, and the users that they are.

All of it happens under the tenant's lock of access (``rbac.services.access.lock_access``), which
``protocol.storage`` takes: one change waits for the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.utils import timezone

from iac_platform.common.changes import require_valid
from rbac.models import User, UserKind
from rbac.names import key_of
from rbac.services.audit import record
from rbac.services.users import add_user, new_user, update_user
from sso.provisioning.external import ExternalIdentity, profile_of
from sso.provisioning.selectors import mapping_of
from sso.provisioning.services.access import sync_access, take_access
from sso.provisioning.services.sign_on import new_identity
from sso.scim.errors import CreationDisabled, ResourceTaken
from sso.scim.models import ScimMember, ScimUser
from sso.scim.selectors import break_glass, group_names, sign_on_identities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sso.provisioning.external import Profile
    from sso.provisioning.models import ProviderMapping
    from sso.scim.models import ScimDirectory
    from sso.scim.services.clients import ScimClient

_KEPT_OF_NAME = 120


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a client describes them.

    Attributes:
        user_name: by which the provider calls them.
        external_id: the provider's own id of them; empty if it sends none.
        active: whether they may use the platform; None where the client does not say.
        sent: by the names that mappings use, what the client sent.
        attributes: all of it as SCIM writes it, to be shown again.
    """

    user_name: str
    external_id: str = ""
    active: bool | None = None
    sent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)


def create_person(client: ScimClient, person: Person) -> ScimUser:
    """Add somebody to a directory, and to the tenant's users if they are none yet.

    Raises:
        ResourceTaken, UsernameTaken: somebody has the name, or the external id, or had it and is
            active again.
        CreationDisabled: the mapping does not create users.
        InvalidUser: a field does not fit.
        QuotaExceeded: the tenant has as many active users as it may.
    """
    directory = client.directory
    row = ScimUser(pk=uuid4(), directory=directory)
    _describe(row, person)
    _require_free(directory, person)
    _release_deleted(directory, person, client)
    external = _external(row, person)
    mapping = mapping_of(external.provider)
    profile = profile_of(mapping, external)
    user = _linked_user(directory, person, profile.username)
    is_new = user is None
    if user is None:
        user = _new_user(mapping, profile, client)
    row.identity = new_identity(external, user, actor=client)
    if not is_new:
        _update_user(row, mapping, profile, client)
    _set_active(row, active=person.active, client=client)
    row.save(force_insert=True)
    return row


def update_person(row: ScimUser, person: Person, *, client: ScimClient) -> ScimUser:
    """Take over what a client says of somebody now; without a difference nothing happens.

    Raises:
        LastAdmin: the last admin would be deactivated.
        ResourceTaken, UsernameTaken, InvalidUser, QuotaExceeded: see ``create_person``.
    """
    is_new = _describe(row, person)
    _require_free(row.directory, person, but=row)
    external = _external(row, person)
    mapping = mapping_of(external.provider)
    _update_user(row, mapping, profile_of(mapping, external), client)
    _set_active(row, active=person.active, client=client)
    if is_new:
        row.revision += 1
    identity = row.identity
    if identity.subject != external.subject:
        identity.subject, identity.digest = external.subject, external.digest
        identity.save(update_fields=["subject", "digest"])
    row.save()
    return row


def delete_person(row: ScimUser, *, client: ScimClient) -> None:
    """Deactivate somebody for good: to the client they are gone, and their name is free.

    Their sessions end and their tokens open nothing; what their groups gave is taken. The user
    stays, with their history. Whoever has their name later is another user.

    Raises:
        LastAdmin: they are the last admin.
    """
    _set_active(row, active=False, client=client)
    ScimMember.objects.filter(user=row).delete()
    take_access(row.identity, by=client)
    row.identity.grants, row.identity.memberships = [], []
    row.identity.save(update_fields=["grants", "memberships"])
    row.deleted_at, row.attributes = timezone.now(), {}
    row.save(update_fields=["deleted_at", "deactivated", "attributes"])
    record("scim_user.delete", row, actor=client, changes={"user": row.user.username})


def sync_groups(users: Iterable[ScimUser], *, client: ScimClient) -> None:
    """Give people the roles and teams of the groups that they are in now, and take others.

    What the mapping's author may not give is withheld, and on record.
    """
    people = list(users)
    mapping = mapping_of(client.directory.provider())
    names = group_names(people)
    for row in people:
        sync_access(row.identity, mapping, frozenset(names[row.pk]), by=client)


def _external(row: ScimUser, person: Person) -> ExternalIdentity:
    """Somebody as all protocols describe people; the row's id makes them one of a kind."""
    return ExternalIdentity(row.directory.provider(), person.user_name, (str(row.pk),), person.sent)


def _require_free(directory: ScimDirectory, person: Person, but: ScimUser | None = None) -> None:
    """Refuse a name or an external id that somebody else of the directory has."""
    others = ScimUser.objects.filter(directory=directory, deleted_at=None)
    others = others.exclude(pk=but.pk) if but is not None else others
    if others.filter(user_name_key=key_of(person.user_name)).exists():
        raise ResourceTaken.at("userName", "There is a user of this name already.", code="taken")
    if person.external_id and others.filter(external_id=person.external_id).exists():
        raise ResourceTaken.at("externalId", "Another user has this external id.", code="taken")


def _linked_user(directory: ScimDirectory, person: Person, username: str) -> User | None:
    """The user of this name who signs on by the directory's provider as this person already.

    Anybody else of that name is found as well by whoever adds a user: the name is taken.
    """
    user: User | None = User.objects.named(username).first()
    if user is None or user.kind != UserKind.PERSON or user.pk in break_glass():
        return None
    managed = ScimUser.objects.filter(directory=directory, identity__user=user).exists()
    return user if not managed and _signs_on_as(user, person, directory) else None


def _signs_on_as(user: User, person: Person, directory: ScimDirectory) -> bool:
    """Whether the provider calls both the same: by its id of them, or by the user name."""
    subjects = sign_on_identities(directory, [user.pk]).values_list("subject", flat=True)
    name = person.user_name.lower()
    return any(each == person.external_id or each.lower() == name for each in subjects)


def _new_user(mapping: ProviderMapping, profile: Profile, client: ScimClient) -> User:
    if not mapping.creates_users:
        raise CreationDisabled(
            "The mapping of this directory does not create users. Change it, or have people sign "
            "on first."
        )
    user = new_user(username=profile.username, email=profile.email, full_name=profile.full_name)
    return add_user(user, actor=client)


def _update_user(
    row: ScimUser, mapping: ProviderMapping, profile: Profile, client: ScimClient
) -> None:
    """Have names and address follow; what was not sent stays."""
    if not mapping.updates_users:
        return
    sent = {
        "username": profile.username,
        "email": profile.email,
        "full_name": profile.full_name,
    }
    user = row.identity.user
    changes = {key: value for key, value in sent.items() if value not in {"", getattr(user, key)}}
    if changes:
        row.identity.user = update_user(user, actor=client, changes=changes)


def _set_active(row: ScimUser, *, active: bool | None, client: ScimClient) -> None:
    """Deactivate the user, or activate again whom SCIM deactivated."""
    user = row.identity.user
    if active in {None, user.is_active} or (active and not row.deactivated):
        return
    row.identity.user = update_user(user, actor=client, changes={"is_active": bool(active)})
    row.deactivated = not active


def _describe(row: ScimUser, person: Person) -> bool:
    """Set what is shown again; whether anything of it is new.

    Raises:
        InvalidResource: a name is missing, or too long.
    """
    before = (row.user_name, row.external_id, row.attributes)
    row.user_name, row.external_id = person.user_name, person.external_id
    row.attributes = dict(person.attributes)
    require_valid(row)
    return before != (row.user_name, row.external_id, row.attributes)


def _release_deleted(directory: ScimDirectory, person: Person, client: ScimClient) -> None:
    """Have those whom the client has deleted stand in nobody's way (RFC 7644, section 3.6).

    A new person may have the name of one who was deleted, and signs on by the same subject:
    they are another user all the same, who inherits nothing.

    Raises:
        ResourceTaken: the deleted one is active again, or a break-glass account.
    """
    rows = ScimUser.objects.filter(directory=directory).exclude(deleted_at=None)
    named = rows.filter(user_name_key=key_of(person.user_name))
    same = rows.filter(external_id=person.external_id) if person.external_id else rows.none()
    for row in (named | same).select_related("identity__user"):
        _require_left(row.user)
        _release(row, directory, client)


def _require_left(user: User) -> None:
    """Refuse to take the name and the identities of somebody who is used again."""
    if user.is_active or user.pk in break_glass():
        raise ResourceTaken(
            "The user who had this name, or this external id, is in use again here. Once an "
            "administrator unlinks their SCIM identity, they can be managed again."
        )


def _release(row: ScimUser, directory: ScimDirectory, client: ScimClient) -> None:
    user = row.identity.user
    for identity in sign_on_identities(directory, [user.pk]):
        take_access(identity, by=client)
        record("identity.unlink", identity, actor=client, changes={"user": user.username})
        identity.delete()
    freed = f"{user.username[:_KEPT_OF_NAME]}-deleted-{user.pk.hex[:8]}"
    if not user.username.endswith(freed[-17:]):
        update_user(user, actor=client, changes={"username": freed})
