"""Signing in with a password; the operator's staff with the secret of their access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend

from rbac import tokens
from rbac.attempts import TooManyAttempts, begin_attempt
from rbac.models import User
from rbac.names import key_of
from rbac.selectors import token_by_digest, user_by_id
from rbac.services.denials import record_failed_sign_in
from rbac.services.support import note_use
from sso.sign_in.devices import known_device
from sso.sign_in.selectors import sign_in_policy
from tenants.context import current_tenant_or_none

if TYPE_CHECKING:
    from django.http import HttpRequest

    from sso.sign_in.models import SignInPolicy

SIGN_IN = "sign-in"
LONGEST_NAME, LONGEST_PASSWORD = 150, 200


class PasswordBackend(BaseBackend):
    """Finds users in the current tenant only; without a tenant there is nobody."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        """The active user of this name and password, if passwords are taken of them.

        Raises:
            TooManyAttempts: there were too many tries before; this one was not made.
            PasswordsBusy: too many others sign in right now; it was not made either.
        """
        if not username or not password or request is None or current_tenant_or_none() is None:
            return None
        if len(username) > LONGEST_NAME or len(password) > LONGEST_PASSWORD:
            return None
        account = key_of(username)
        try:
            attempt = begin_attempt(
                SIGN_IN, request, account=account, device=known_device(request, account)
            )
            found: User | None = User.objects.named(username).first()
            attempt = attempt.at(found.pk) if found is not None else attempt
        except TooManyAttempts:
            record_failed_sign_in(type(self), {"username": username}, request)
            raise
        policy = sign_in_policy()
        with attempt.being_made():
            user = _checked(found, password, policy)
        if user is not None:
            attempt.succeed()
        return user

    def get_user(self, user_id: str | UUID) -> User | None:
        """The user of a session, while they are active."""
        if current_tenant_or_none() is None:
            return None
        user = user_by_id(UUID(str(user_id)))
        if user is None or user.is_service:
            return None
        note_use(user)
        return user


def _checked(user: User | None, password: str, policy: SignInPolicy) -> User | None:
    """The user, if that is their password; it takes the same time whoever they are not.

    Nor does it show whose password is taken where single sign-on is required.
    """
    if user is not None and user.is_support and _is_secret_of(user, password):
        return user
    # Django hashes for those who have no password as well.
    right = (user or User(password="")).check_password(password)
    if user is None or not user.is_active or user.is_service:
        return None
    return user if right and policy.takes_password_of(user) else None


def _is_secret_of(user: User, secret: str) -> bool:
    """The operator's staff have no password: they show what they were given once."""
    parsed = tokens.parse(secret)
    token = token_by_digest(parsed.digest) if parsed else None
    return token is not None and token.user_id == user.pk
