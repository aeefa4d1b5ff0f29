"""What a protocol has verified about somebody, as values; and what a mapping makes of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sso.provisioning.errors import Obstacle, SignOnRefused
from sso.provisioning.models import MAX_SUBJECT, ProviderKind, RoleSync

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sso.provisioning.models import ProviderMapping

Attributes = Mapping[str, tuple[str, ...]]
# Entra ID sends it instead of the groups of somebody who has over 150 of them:
# https://learn.microsoft.com/entra/identity-platform/saml-token-reference
OVERAGE = "http://schemas.microsoft.com/claims/groups.link"
# As of django.contrib.auth.validators.UnicodeUsernameValidator.
_NOT_IN_USERNAMES = re.compile(r"[^\w.@+-]")


class AttributeNames(NamedTuple):
    """By which names a provider sends attributes; empty for those that it does not send."""

    email: str = ""
    full_name: str = ""
    groups: str = ""


class Provider(NamedTuple):
    """An identity provider of the current tenant.

    Attributes:
        kind: its protocol.
        id: of its configuration.
        name: what people call it.
        attributes: what counts while it has no mapping.
        is_enabled: whether people can sign on by it, as lists of providers say it.
    """

    kind: ProviderKind
    id: UUID
    name: str
    attributes: AttributeNames = AttributeNames()
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """Somebody at a provider, as the protocol has verified it.

    Attributes:
        provider: who says so.
        subject: what it calls them.
        namespace: in what the subject is one of a kind, beyond the provider: of SAML the
            issuer, and the format and the qualifiers of the NameID.
        attributes: values by name.
        is_lasting: whether the same person has the same subject the next time.
        is_open: whether anybody on the internet can have one at this provider.
        may_omit_groups: whether groups that were not sent say nothing against them, as the sign-on
            of their session has named them.
    """

    provider: Provider
    subject: str
    namespace: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)
    is_lasting: bool = True
    is_open: bool = False
    may_omit_groups: bool = False

    @property
    def digest(self) -> str:
        """What identities are found by: compared exactly, letter case included."""
        parts = json.dumps([self.subject, *self.namespace]).encode()
        return hashlib.sha256(parts).hexdigest()

    def require_identity(self) -> None:
        """Refuse a subject by which nobody can be known again.

        Raises:
            SignOnRefused: it changes with each sign-on, or is no name.
        """
        if not self.is_lasting:
            raise SignOnRefused(
                Obstacle.NOT_LASTING,
                "The subject changes with each sign-on. Configure a persistent NameID, or the "
                "e-mail address, at the identity provider.",
            )
        if not 1 <= len(self.subject) <= MAX_SUBJECT:
            raise SignOnRefused(
                Obstacle.NOT_LASTING,
                f"The subject must have 1 to {MAX_SUBJECT} characters; it has {len(self.subject)}.",
            )


@dataclass(frozen=True, slots=True)
class Profile:
    """Who somebody is, as a mapping reads it; empty where nothing is mapped or sent.

    Attributes:
        groups: None where the provider did not send them, which says nothing about them.
    """

    username: str
    email: str
    full_name: str
    groups: frozenset[str] | None


class Entitled(NamedTuple):
    """What groups give: keys of roles, and ids of teams."""

    roles: frozenset[str]
    teams: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a sign-on would do, as far as it shows without doing it.

    Attributes:
        profile: who the person would be.
        entitled: what their groups would give, if the mapping's author may give it then.
        unmapped_groups: groups that give nothing.
        problem: why the sign-on would be refused, if what was sent already says so.
    """

    profile: Profile
    entitled: Entitled
    unmapped_groups: frozenset[str]
    problem: str = ""


def profile_of(mapping: ProviderMapping, external: ExternalIdentity) -> Profile:
    """Read what was sent by a mapping; of several values, the first."""
    sent = external.attributes
    named = mapping.username_attribute
    return Profile(
        username=_username_of(_first(sent, named) if named else external.subject),
        email=_first(sent, mapping.email_attribute),
        full_name=_first(sent, mapping.full_name_attribute),
        groups=_groups_of(sent, mapping.groups_attribute),
    )


def entitled_by(mapping: ProviderMapping, groups: Iterable[str]) -> Entitled:
    """What groups give by a mapping; the names are compared exactly."""
    if mapping.role_sync == RoleSync.OFF:
        return Entitled(frozenset(), frozenset())
    held = frozenset(groups)
    given = [entry for entry in mapping.group_roles if entry["group"] in held]
    return Entitled(
        frozenset(entry["role"] for entry in given if "role" in entry),
        frozenset(UUID(entry["team"]) for entry in given if "team" in entry),
    )


def preview(mapping: ProviderMapping, external: ExternalIdentity) -> Preview:
    """Say what a sign-on would map and grant; nothing is looked up, and nothing is changed."""
    profile = profile_of(mapping, external)
    groups = profile.groups or frozenset()
    mapped = {entry["group"] for entry in mapping.group_roles}
    return Preview(
        profile,
        entitled_by(mapping, groups),
        groups - mapped,
        _problem_of(mapping, external, profile),
    )


def _problem_of(mapping: ProviderMapping, external: ExternalIdentity, profile: Profile) -> str:
    try:
        external.require_identity()
        require_group(mapping, profile)
        require_username(profile)
    except SignOnRefused as refusal:
        return refusal.reason
    return ""


def require_username(profile: Profile) -> None:
    """Refuse somebody who cannot be called anything.

    Raises:
        SignOnRefused: the attribute of the username was not sent, or is empty.
    """
    if not profile.username:
        raise SignOnRefused(
            Obstacle.USERNAME_MISSING,
            "The attribute that is mapped to the username was not sent, or is empty.",
        )


def require_group(mapping: ProviderMapping, profile: Profile) -> None:
    """Refuse somebody without any group of a mapping that requires one.

    Where the provider did not send the groups, nobody is known to be in one.

    Raises:
        SignOnRefused: they are in none.
    """
    mapped = {entry["group"] for entry in mapping.group_roles}
    if mapping.requires_group and not mapped & (profile.groups or frozenset()):
        sent = "none of those of the mapping" if profile.groups is not None else "not sent"
        raise SignOnRefused(Obstacle.NO_GROUP, f"The mapping requires a group; they were {sent}.")


def _username_of(sent: str) -> str:
    """What was sent with a hyphen for each character that usernames have not.

    Two that become the same are not the same user: the name is taken then.
    """
    return _NOT_IN_USERNAMES.sub("-", sent)


def _groups_of(sent: Attributes, name: str) -> frozenset[str] | None:
    if name not in sent or OVERAGE in sent:
        return None
    return frozenset(sent[name])


def _first(sent: Attributes, name: str) -> str:
    return next(iter(_values(sent, name)), "")


def _values(sent: Attributes, name: str) -> tuple[str, ...]:
    return sent.get(name, ()) if name else ()
