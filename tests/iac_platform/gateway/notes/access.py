from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.db.models import QuerySet
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from iac_platform.common.errors import NotPermitted
from iac_platform.common.permissions import Permission
from iac_platform.gateway.rate_limits import RateLimit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model
    from django.http import HttpRequest
    from rest_framework.request import Request

    from iac_platform.common.access import Reach
    from iac_platform.common.audit import Actor

VIEW = Permission("note", "view", "Read notes.")
CREATE = Permission("note", "create", "Write notes.")
CHANGE = Permission("note", "change", "Change notes.")
DELETE = Permission("note", "delete", "Delete notes.")


@dataclass
class Person:
    """Somebody with rights: a permission's name and whose notes it covers."""

    name: str
    rights: dict[str, str] = field(default_factory=dict)
    plan: str = "default"
    is_authenticated: bool = True

    @property
    def pk(self) -> UUID:
        return uuid5(UUID(int=0), self.name)


ALL = {"note.view": "all", "note.create": "all", "note.change": "all", "note.delete": "all"}
PEOPLE = {
    "ann": Person("ann", ALL),
    "bob": Person("bob", {"note.view": "all", "note.change": "own", "note.create": "own"}),
    "eve": Person("eve", {"note.view": "own"}),
    "nil": Person("nil"),
    "few": Person("few", ALL, plan="few"),
}


class NamedBearer(BaseAuthentication):
    """The token is the person's name."""

    def authenticate(self, request: Request) -> tuple[Any, str] | None:
        scheme, _, name = get_authorization_header(request).decode().partition(" ")
        if not scheme:
            return None
        if name not in PEOPLE:
            raise AuthenticationFailed("The token is not valid.")
        return PEOPLE[name], name

    def authenticate_header(self, _: Request) -> str:
        return 'Bearer realm="notes"'


class NotesPolicy:
    """The rule of access over notes."""

    @staticmethod
    def permitted(queryset: QuerySet[Any], user: Person, permission: Permission) -> QuerySet[Any]:
        scope = user.rights.get(permission.name)
        if scope == "own":
            return queryset.filter(owner=user.name)
        return queryset if scope == "all" else queryset.none()

    @staticmethod
    def reach(user: Any, permission: Permission, model: type[Model]) -> Reach:
        del user, permission, model
        raise AssertionError("Notes lie in a database of their own: their SQL is made anew.")

    @classmethod
    def allows(cls, user: Person, permission: Permission, obj: Model | None = None) -> bool:
        if obj is None:
            return permission.name in user.rights
        rows: QuerySet[Any] = QuerySet(type(obj), using="scratch")
        return cls.permitted(rows, user, permission).filter(pk=obj.pk).exists()

    @classmethod
    def require(cls, actor: Actor, permission: Permission, obj: Model | None = None) -> None:
        assert isinstance(actor, Person)
        if not cls.allows(actor, permission, obj):
            raise NotPermitted(f"This needs the permission {permission.name}.")

    @staticmethod
    def fingerprint(user: Person, permissions: Iterable[Permission]) -> str:
        del permissions
        return f"{user.name} {sorted(user.rights.items())}"

    @staticmethod
    def view_permission(resource: str) -> Permission:
        assert resource == "note"
        return VIEW


def allowance_of(request: HttpRequest) -> RateLimit:
    return RateLimit(str(request.user.plan))  # type: ignore[union-attr]  # a Person
