"""Adding and changing the people of a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from iac_platform.common.changes import changing, create, require_valid
from iac_platform.common.hooks import Hook
from rbac.errors import ServiceAccountIsNoPerson, WeakPassword
from rbac.models import User
from rbac.permissions import CREATE_USER, UPDATE_USER
from rbac.quotas import USERS
from rbac.services.access import access_change, require_within_rights
from rbac.services.grants import grant_within, require_person
from rbac.services.roles import find_role
from tenants.quotas.services import consume, release

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.contrib.sessions.backends.base import SessionBase

    from iac_platform.common.audit import Actor


class SessionEnder(Protocol):
    """Ends all sessions of a user, but for one that is spared."""

    def __call__(self, user: User, *, spared: SessionBase | None = None) -> object:
        """End them in the open transaction."""


# Whoever keeps sessions stands above this app.
SESSION_ENDER: Hook[SessionEnder] = Hook("ender of sessions")

CHANGEABLE = {"username", "email", "full_name", "is_active"}
# What everybody may change of themselves.
OWN = {"full_name"}


def create_user(
    *,
    username: str,
    actor: Actor,
    email: str = "",
    full_name: str = "",
    password: str | None = None,
    roles: Iterable[str] = (),
) -> User:
    """Add a user to the current tenant.

    Args:
        username: what they sign in with; unique in the tenant.
        actor: who adds them; may grant only roles within their own rights.
        email: their address; it identifies nobody.
        full_name: what others read.
        password: None for a user who cannot sign in with one.
        roles: names or keys of roles to grant.

    Raises:
        UsernameTaken: the tenant has a user of this name.
        WeakPassword: the password is too easy to guess.
        InvalidUser: a field does not fit.
        QuotaExceeded: the tenant has as many active users as it may.
        NotPermitted: the actor may not add users (any more), or there are roles, and they
            may not grant any.
        UnknownRole, CannotGrant: see ``grant_role``.
    """
    user = new_user(username=username, email=email, full_name=full_name, password=password)
    return add_user(user, actor=actor, roles=roles)


def new_user(
    *, username: str, email: str = "", full_name: str = "", password: str | None = None
) -> User:
    """Return a checked user for ``add_user``, with the password hashed.

    Hashing takes time and waits for its turn: do this before any lock is taken.

    Raises:
        WeakPassword, InvalidUser: see ``create_user``.
    """
    user = User(username=User.normalize_username(username), email=email, full_name=full_name)
    set_password(user, password)
    require_valid(user)
    return user


def add_user(user: User, *, actor: Actor, roles: Iterable[str] = ()) -> User:
    """Write a user that ``new_user`` has made, with roles.

    Raises:
        UsernameTaken, QuotaExceeded, NotPermitted, UnknownRole, CannotGrant: see ``create_user``.
    """
    with access_change(actor, CREATE_USER) as held:
        create(
            user,
            actor=actor,
            permission=CREATE_USER,
            describe=lambda each: {"username": each.username, "email": each.email},
        )
        consume(USERS)
        for name in roles:
            grant_within(held, user, find_role(name), actor=actor)
    return user


def update_user(
    user: User, *, actor: Actor, changes: Mapping[str, Any], revision: int | None = None
) -> User:
    """Change a user's names, address or whether they are active; nothing without a difference.

    A name that its user does not need any more, deactivated perhaps, is free once they have
    another one.

    Args:
        user: whom to change.
        actor: who changes them.
        changes: new values for ``username``, ``email``, ``full_name`` and ``is_active``.
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        SupportUserIsFixed: the user is the operator's staff.
        ServiceAccountIsNoPerson: the user is a service account.
        RevisionConflict: the user changed since.
        UsernameTaken: another user has the name.
        LastAdmin: the last active admin would be deactivated.
        CannotGrant: the user may do more than the actor.
        InvalidUser: a field does not fit.
        QuotaExceeded: a deactivated user would come back where there is no room.
    """
    own = user == actor and changes.keys() <= OWN
    permission = None if own else UPDATE_USER
    with access_change(actor, permission) as held:
        with changing(user, actor=actor, permission=permission, revision=revision) as draft:
            _require_human(draft)
            require_within_rights(draft, actor=actor, held=held)
            username, was_active = draft.username, draft.is_active
            for field in CHANGEABLE & changes.keys():
                setattr(draft, field, changes[field])
            if draft.username != username:
                draft.username = User.normalize_username(draft.username)
            if was_active and not draft.is_active:
                SESSION_ENDER.get()(draft)
        if draft.is_active is not was_active:
            (consume if draft.is_active else release)(USERS)
    return draft


def change_password(
    user: User, *, password: str, actor: Actor, browser: SessionBase | None = None
) -> None:
    """Set a new password; open sessions of the user end with it.

    Args:
        user: whose.
        password: the new one.
        actor: who sets it.
        browser: of the user themself, whose session goes on.

    Raises:
        SupportUserIsFixed: the user is the operator's staff, who have none.
        ServiceAccountIsNoPerson: the user is a service account, which has none.
        WeakPassword: it is too easy to guess.
        NotPermitted: the user is somebody else, and the actor may not change users.
        CannotGrant: the user may do what the actor may not, to the user's own also; with
            their password, the actor could.
    """
    _require_human(user)
    hashed = make_password(password)  # before others wait
    permission = None if user == actor else UPDATE_USER
    with (
        access_change(actor, permission) as held,
        changing(user, actor=actor, permission=permission, action="user.change_password") as draft,
    ):
        require_within_rights(draft, actor=actor, held=held, acting=True)
        _require_strong(draft, password)
        # The log blacks both out, and shows all the same what changed.
        draft.password = user.password = hashed
        SESSION_ENDER.get()(draft, spared=browser)


def set_password(user: User, password: str | None) -> None:
    """Put a checked password on an unsaved user; None makes it unusable.

    Raises:
        WeakPassword: it is too easy to guess; the detail says why.
    """
    if password is None:
        user.set_unusable_password()
    else:
        user.password = hashed_password(user, password)


def hashed_password(user: User, password: str) -> str:
    """Return the hash of a password that a user may have.

    Raises:
        WeakPassword: it is too easy to guess; the detail says why.
    """
    _require_strong(user, password)
    return make_password(password)


def _require_strong(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from error


def _require_human(user: User) -> None:
    require_person(user)
    if user.is_service:
        raise ServiceAccountIsNoPerson(
            f"{user} is a program. Change it under service accounts; it has no password."
        )
