"""Adding and changing the people of a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from iac_platform.common.audit import difference
from iac_platform.common.errors import RevisionConflict
from iac_platform.common.hooks import Hook
from rbac.errors import InvalidUser, ServiceAccountIsNoPerson, UsernameTaken, WeakPassword
from rbac.models import User
from rbac.permissions import CREATE_USER, UPDATE_USER
from rbac.quotas import USERS
from rbac.services.access import access_change, require_within_rights
from rbac.services.audit import record
from rbac.services.grants import grant_role, require_person
from rbac.services.roles import find_role
from tenants.quotas.services import require_quota

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from iac_platform.common.audit import Actor

# Ends all sessions of a user: whoever keeps sessions stands above this app.
SESSION_ENDER: Hook[Callable[[User], object]] = Hook("ender of sessions")

CHANGEABLE = ("username", "email", "full_name", "is_active")
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
    validate(user)
    return user


def add_user(user: User, *, actor: Actor, roles: Iterable[str] = ()) -> User:
    """Write a user that ``new_user`` has made, with roles.

    Raises:
        UsernameTaken, QuotaExceeded, NotPermitted, UnknownRole, CannotGrant: see ``create_user``.
    """
    with access_change(actor, CREATE_USER):
        require_quota(USERS)
        save(user, new=True)
        changes = {"username": user.username, "email": user.email}
        record("user.create", user, actor=actor, changes=changes)
        for name in roles:
            grant_role(user, find_role(name), actor=actor)
    return user


@transaction.atomic
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
    of_oneself = user == actor and changes.keys() <= OWN
    with access_change(actor, None if of_oneself else UPDATE_USER) as held:
        fresh: User = User.objects.select_for_update().get(pk=user.pk)
        _require_human(fresh)
        require_within_rights(fresh, actor=actor, held=held)
        if revision is not None and fresh.revision != revision:
            raise RevisionConflict("Read the user again and repeat your change.")
        before = {field: getattr(fresh, field) for field in CHANGEABLE if field in changes}
        username = fresh.username
        for field in before:
            setattr(fresh, field, changes[field])
        if fresh.username != username:
            fresh.username = User.normalize_username(fresh.username)
        validate(fresh, username_before=username)
        changed = difference(before, {field: getattr(fresh, field) for field in before})
        if not changed:
            return fresh
        if fresh.is_active and not before.get("is_active", True):
            require_quota(USERS)
        fresh.revision += 1
        save(fresh)
        if not fresh.is_active:
            SESSION_ENDER.get()(fresh)
        record("user.update", fresh, actor=actor, changes=changed)
    return fresh


def change_password(user: User, *, password: str, actor: Actor) -> None:
    """Set a new password; open sessions of the user end with it.

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
    with access_change(actor, None if user == actor else UPDATE_USER) as held:
        require_within_rights(user, actor=actor, held=held, acting=True)
        _require_strong(user, password)
        before, user.password = user.password, hashed
        user.save(update_fields=["password", "updated_at"])
        SESSION_ENDER.get()(user)
        record(
            "user.change_password",
            user,
            actor=actor,
            # The log blacks both out, and shows all the same what changed.
            changes={"password": [before, user.password]},
        )


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


def save(user: User, *, new: bool = False) -> None:
    """Write a user, whose name may be another's.

    Raises:
        UsernameTaken: the tenant has a user of this name, in whatever case it is written.
    """
    try:
        with transaction.atomic():
            user.save(force_insert=new)
    except IntegrityError as error:
        raise UsernameTaken(f"There is a user called {user.username!r} already.") from error


def _require_human(user: User) -> None:
    require_person(user)
    if user.is_service:
        raise ServiceAccountIsNoPerson(
            f"{user} is a program. Change it under service accounts; it has no password."
        )


def validate(user: User, *, username_before: str = "") -> None:
    """Hold a user to what their fields may be.

    A name from before a rule was made stays theirs: whoever has it can be deactivated.

    Raises:
        InvalidUser: with the place of each error.
    """
    try:
        as_before = {"username"} if user.username == username_before else set()
        user.clean_fields(exclude={"password", *as_before})
    except ValidationError as error:
        problems = [
            {"pointer": f"/{field}", "code": "invalid", "detail": message}
            for field, messages in error.message_dict.items()
            for message in messages
        ]
        raise InvalidUser("Invalid fields.", errors=problems) from error
