"""Beginning a session with a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import login
from django.db import transaction

from iac_platform.common.audit import SystemActor
from rbac.services.access import lock_access
from sso.sign_in.selectors import sign_in_policy
from sso.sign_in.session_store import BY_PROVIDER

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User

_ACTOR = SystemActor("sign-in")


@transaction.atomic
def sign_in_with_password(request: HttpRequest, user: User) -> bool:
    """Sign somebody in who has shown their password; whether it is still taken of them.

    Whoever requires single sign-on meanwhile holds the tenant's access: they wait for this
    session and end it, or it waits for them and does not begin.
    """
    lock_access(_ACTOR)
    if not (user.is_support or sign_in_policy().takes_password_of(user)):
        return False
    login(request, user)
    # The secret of a session that a provider began goes on with the same user; its origin does not.
    request.session.pop(BY_PROVIDER, None)
    request.session.save()
    return True
