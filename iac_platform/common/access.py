from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from django.db.models import QuerySet

from iac_platform.common.errors import RecentAuthenticationRequired
from iac_platform.common.hooks import Hook

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from django.db.models import Model, Q

    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import Permission

M = TypeVar("M", bound="Model")


class Condition(Protocol):
    """What a permission asks of a row, apart from the values: equal for users of equal rights."""

    def __hash__(self) -> int:
        """By what it can be a key."""

    def as_q(self, values: Sequence[UUID]) -> Q | None:
        """The condition with its values; None for no row at all."""


class Reach(Protocol):
    """How far a user's permission extends over a model: a condition, and its values."""

    @property
    def condition(self) -> Condition:
        """What is asked; it can be a key."""

    @property
    def values(self) -> tuple[UUID, ...]:
        """With what values."""


class AccessPolicy(Protocol):
    """The one rule of access, implemented above all that asks for it.

    ``allows(user, permission, obj)`` is true exactly for the objects that
    ``permitted(queryset, user, permission)`` keeps.
    """

    def permitted(self, queryset: QuerySet[M], user: Any, permission: Permission) -> QuerySet[M]:
        """The objects among these on which the user holds the permission."""

    def reach(self, user: Any, permission: Permission, model: type[Model]) -> Reach:
        """What ``permitted`` keeps of a model, for queries whose SQL is made once."""

    def allows(self, user: Any, permission: Permission, obj: Model | None = None) -> bool:
        """Whether the user holds the permission on the object, or on any without one."""

    def require(self, actor: Actor, permission: Permission, obj: Model | None = None) -> None:
        """Go on only if the actor may; the platform itself, which is no user, may do anything.

        Raises:
            NotPermitted: the actor is a user who may not.
        """

    def fingerprint(self, user: Any, permissions: Iterable[Permission]) -> str:
        """What all answers about these permissions follow from now, as a digest.

        Users of a tenant with the same fingerprint are answered alike about every object.
        """

    def view_permission(self, resource: str) -> Permission:
        """The permission to read objects of this resource."""


ACCESS_POLICY: Hook[AccessPolicy] = Hook("access policy")


def is_limited(user: Any, permission: Permission, model: type[Model]) -> bool:
    """Whether there may be objects of a model that the permission does not reach.

    Found without a query, by whether the policy adds a condition.
    """
    return bool(access_policy().permitted(QuerySet(model), user, permission).query.where)


def require_recent_authentication(actor: Any, permission: Permission) -> None:
    """Go on only if what needs a recent authentication is done soon after one.

    It concerns people in browsers: whatever puts a session's user into a request says so by
    ``must_reauthenticate``. API tokens have limits of their own.

    Args:
        actor: who acts, or what they hold.
        permission: by which.

    Raises:
        RecentAuthenticationRequired: the actor must show once more who they are.
    """
    if permission.step_up:
        require_recent(actor)


def require_recent(actor: Any) -> None:
    """The same for what people do to their own account, which takes no permission.

    Raises:
        RecentAuthenticationRequired: the actor must show once more who they are.
    """
    if getattr(actor, "must_reauthenticate", False):
        raise RecentAuthenticationRequired(
            "You signed in too long ago for this. Confirm access on the page /account/confirm/ "
            "of your account, perhaps in another tab, and try again."
        )


def access_policy() -> AccessPolicy:
    """The platform's one rule of access."""
    return ACCESS_POLICY.get()
