"""Reading the people and groups of a directory, as far as SCIM may see them."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from django.db.models import Count

from rbac.models import User, UserKind
from rbac.names import key_of
from sso.provisioning.models import Identity
from sso.provisioning.providers import is_enabled
from sso.scim.models import ScimDirectory, ScimGroup, ScimMember, ScimToken, ScimUser
from sso.sign_in.selectors import sign_in_policy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from iac_platform.gateway.credentials import Credential
    from sso.provisioning.external import ExternalIdentity

# Issuers whose ``oid`` is the object's id for ever:
# https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
_MICROSOFT = ("https://login.microsoftonline.com/", "https://sts.windows.net/")
_OBJECT_ID = ("oid", "http://schemas.microsoft.com/identity/claims/objectidentifier")


def token_shown(credential: Credential) -> ScimToken | None:
    """The SCIM token that a request shows, if it is valid now and its provider is enabled."""
    rows = ScimToken.objects.select_related("directory").filter(digest=credential.digest)
    token: ScimToken | None = rows.first()
    if token is None or not token.is_live:
        return None
    directory = token.directory
    return token if is_enabled(directory.provider_kind, directory.provider_id) else None


def directory_of(kind: str, provider_id: UUID) -> ScimDirectory | None:
    """The directory of an identity provider, if it has ever had a SCIM token."""
    return ScimDirectory.objects.filter(provider_kind=kind, provider_id=provider_id).first()


def people(directory: ScimDirectory) -> QuerySet[ScimUser]:
    """Those of a directory whom SCIM may see and change: no break-glass accounts, for instance."""
    rows = ScimUser.objects.filter(
        directory=directory, deleted_at=None, identity__user__kind=UserKind.PERSON
    )
    return rows.exclude(identity__user__in=break_glass()).select_related("identity__user")


def groups(directory: ScimDirectory) -> QuerySet[ScimGroup]:
    """The groups of a directory."""
    return ScimGroup.objects.filter(directory=directory)


def groups_on_page(found: QuerySet[ScimGroup], most_members: int) -> int:
    """How many of these groups, from the first on, have so many members; the first one always."""
    ids = list(found.values_list("pk", flat=True))
    rows = ScimMember.objects.filter(group__in=ids).order_by().values_list("group")
    sizes = dict(rows.annotate(size=Count("pk")))
    so_far = accumulate(sizes.get(pk, 0) for pk in ids)
    return max(1, sum(total <= most_members for total in so_far)) if ids else 0


def break_glass() -> list[UUID]:
    """The users who can sign in when identity providers fail: no provider changes them."""
    return list(sign_in_policy().break_glass)


def group_names(users: Iterable[ScimUser]) -> dict[UUID, set[str]]:
    """By which names a mapping may call the groups that people are in, by the people's ids."""
    found: dict[UUID, set[str]] = {user.pk: set() for user in users}
    rows = ScimMember.objects.filter(user__in=list(found))
    for user_id, *names in rows.values_list("user", "group__display_name", "group__external_id"):
        found[user_id].update(name for name in names if name)
    return found


def signs_on_as(user: User, directory: ScimDirectory) -> bool:
    """Whether somebody has an identity at the provider by which the directory's people sign on."""
    return _sign_on_identities(directory).filter(user=user).exists()


def sign_on_identities(directory: ScimDirectory, users: Iterable[UUID]) -> QuerySet[Identity]:
    """The identities at that provider that users have."""
    return _sign_on_identities(directory).filter(user__in=list(users))


def _sign_on_identities(directory: ScimDirectory) -> QuerySet[Identity]:
    return Identity.objects.filter(
        provider_kind=directory.provider_kind, provider_id=directory.provider_id
    )


def provisioned_user(external: ExternalIdentity) -> User | None:
    """The user whom SCIM made for somebody who signs on for the first time.

    They are found by what the same provider said of them: its subject is the external id, or the
    user name in whatever case. Nobody is found at a provider where anybody can have an account.
    """
    provider = external.provider
    directory = None if external.is_open else directory_of(provider.kind, provider.id)
    if directory is None:
        return None
    found = _by_external_id(directory, external) or _by_user_name(directory, external.subject)
    if found is None or signs_on_as(found.user, directory):
        return None
    return found.user


def _by_external_id(directory: ScimDirectory, external: ExternalIdentity) -> ScimUser | None:
    return people(directory).filter(external_id__in=_lasting_ids(external)).first()


def _lasting_ids(external: ExternalIdentity) -> list[str]:
    """What a provider calls somebody for ever: the subject, and of Microsoft the object's id."""
    ids = [external.subject]
    if external.namespace and external.namespace[0].startswith(_MICROSOFT):
        sent = external.attributes
        ids += [value for name in _OBJECT_ID for value in sent.get(name, ())]
    return [each for each in ids if each]


def _by_user_name(directory: ScimDirectory, subject: str) -> ScimUser | None:
    found = people(directory).filter(user_name_key=key_of(subject)).first()
    # Keys also fold what looks alike; these may be two people at the provider.
    same = found is not None and found.user_name.lower() == subject.lower()
    return found if same else None
