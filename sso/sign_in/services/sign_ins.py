"""Beginning a session with a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import login
from django.db import transaction

from iac_platform.common.audit import SystemActor
from rbac.models import User
from rbac.services.access import lock_access
from sso.sign_in.selectors import sign_in_policy
from sso.sign_in.session_store import BY_PROVIDER

if TYPE_CHECKING:
    from django.http import HttpRequest

_ACTOR = SystemActor("sign-in")


@transaction.atomic
def sign_in_with_password(request: HttpRequest, user: User) -> bool:
    """Sign somebody in who has shown their password; whether it is still taken of them.

    Whoever requires single sign-on or deactivates them meanwhile holds the tenant's access: they
    wait for this session and end it, or it waits for them and does not begin.
    """
    lock_access(_ACTOR)
    if not _is_taken(user):
        return False
    login(request, user)
    # The secret of a session that a provider began goes on with the same user; its origin does not.
    request.session.pop(BY_PROVIDER, None)
    request.session.save()
    return True


def _is_taken(user: User) -> bool:
    if user.is_support:
        return True
    active = User.objects.filter(pk=user.pk, is_active=True).exists()
    return active and sign_in_policy().takes_password_of(user)
