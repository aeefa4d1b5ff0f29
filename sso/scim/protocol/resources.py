"""Our rows as resources of SCIM (RFC 7643), and what clients send as what services take.

Of what a client sends of a user, ``attributes`` keeps what has no column, as SCIM writes it. A
password is never kept: people sign on by their identity provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import Field, model_validator
from scim2_models import (
    ComplexAttribute,
    Group,
    GroupMember,
    GroupMembership,
    Meta,
    Reference,
    User,
)
from scim2_models import EnterpriseUser as PublishedEnterpriseUser

from sso.scim.errors import InvalidResource
from sso.scim.services.groups import Described
from sso.scim.services.users import Person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sso.scim.models import ScimGroup, ScimUser


class Manager(ComplexAttribute):
    """Somebody's manager, as providers send them: without the address that RFC 7643 requires.

    Entra ID sends the id alone, also as a text.
    """

    value: str | None = None
    ref: Reference[User[Any]] | None = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display_name: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, sent: Any) -> Any:
        return {"value": sent} if isinstance(sent, str) else sent


class EnterpriseUser(PublishedEnterpriseUser):
    """The enterprise extension (RFC 7643, section 4.3)."""

    manager: Manager | None = None  # type: ignore[assignment]  # requires less


SCIM_USER: Final = User[EnterpriseUser]
MAX_ATTRIBUTES: Final = 32 * 1024
_NOT_KEPT: Final = ("id", "externalId", "meta", "userName", "active", "groups", "password")


def user_resource(row: ScimUser) -> User[Any]:
    """A row as a client reads it; its groups are those that were read along, or read now."""
    user = row.user
    resource = SCIM_USER.model_validate(row.attributes)
    resource.id, resource.external_id = str(row.pk), row.external_id or None
    resource.user_name, resource.active = row.user_name, user.is_active
    resource.groups = [_membership(group) for group in row.groups.all()] or None
    resource.meta = Meta(
        resource_type="User",
        created=row.created_at,
        last_modified=max(row.updated_at, user.updated_at),
        version=f'W/"{row.revision}.{user.revision}"',
    )
    return resource


def _membership(group: ScimGroup) -> GroupMembership:
    ref: Any = f"Groups/{group.pk}"
    return GroupMembership(value=str(group.pk), display=group.display_name, type="direct", ref=ref)


def person_of(resource: User[Any]) -> Person:
    """What a client says of a user.

    Raises:
        InvalidResource: it is more than is kept of anybody.
    """
    written: dict[str, Any] = resource.model_dump()
    kept = {name: value for name, value in written.items() if name not in _NOT_KEPT}
    if len(orjson.dumps(kept)) > MAX_ATTRIBUTES:
        raise InvalidResource(f"All attributes of a user have {MAX_ATTRIBUTES:,} bytes at most.")
    return Person(
        user_name=resource.user_name or "",
        external_id=resource.external_id or "",
        active=resource.active,
        sent=_sent(resource),
        attributes=kept,
    )


def _sent(resource: User[Any]) -> dict[str, tuple[str, ...]]:
    """What was sent, by the names that a mapping may use; docs/scim.md has the table."""
    name = resource.name
    given = (name.formatted or _joined(name.given_name, name.family_name)) if name else None
    values = {
        "userName": resource.user_name,
        "externalId": resource.external_id,
        "displayName": resource.display_name or given,
        "name.formatted": given,
        "nickName": resource.nick_name,
        "emails": _primary(resource.emails or ()),
    }
    return {key: (value,) for key, value in values.items() if value}


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _primary(emails: Iterable[Any]) -> str | None:
    """The address that is marked as the primary one; else the first."""
    ranked = sorted((each for each in emails if each.value), key=lambda each: not each.primary)
    return next((str(each.value) for each in ranked), None)


def group_resource(row: ScimGroup, *, with_members: bool) -> Group:
    """A row as a client reads it."""
    members = [_member(each) for each in row.members.all()] if with_members else []
    return Group(
        id=str(row.pk),
        external_id=row.external_id or None,
        display_name=row.display_name,
        members=members or None,
        meta=Meta(
            resource_type="Group",
            created=row.created_at,
            last_modified=row.updated_at,
            version=f'W/"{row.revision}"',
        ),
    )


def _member(row: ScimUser) -> GroupMember:
    ref: Any = f"Users/{row.pk}"
    return GroupMember(value=str(row.pk), display=row.user_name, type="User", ref=ref)


def described_group(resource: Group) -> Described:
    """What a client says of a group."""
    members = (each.value or "" for each in resource.members or ())
    return Described(
        display_name=resource.display_name or "",
        external_id=resource.external_id or "",
        members=tuple(dict.fromkeys(members)),
    )
