"""Beginning a session with a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import login
from django.db import transaction

from iac_platform.common.audit import SystemActor
from rbac.models import User
from rbac.services.access import lock_access
from sso.sign_in.second_factors import SECOND_FACTORS
from sso.sign_in.selectors import sign_in_policy
from sso.sign_in.session_store import BY_PROVIDER, PROVIDER_ID, SECOND_FACTOR

if TYPE_CHECKING:
    from django.http import HttpRequest

_ACTOR = SystemActor("sign-in")


def needs_second_factor(user: User) -> bool:
    """Whether somebody's password alone does not sign them in.

    They have set a second factor up, or their tenant requires one. The operator's staff have no
    password: what they show can be used within minutes of being made, and by them alone.
    """
    if user.is_support:
        return False
    return sign_in_policy().requires_second_factor or SECOND_FACTORS.get().has_any(user)


@transaction.atomic
def sign_in_with_password(request: HttpRequest, user: User, *, second_factor: str = "") -> bool:
    """Sign somebody in who has shown their password.

    Whoever requires single sign-on or a second factor, or deactivates them meanwhile, holds the
    tenant's access: they wait for this session and end it, or it waits for them and does not begin.

    Args:
        request: of their browser.
        user: who they are.
        second_factor: the kind of second factor that they have shown as well.

    Returns:
        Whether that is still enough.
    """
    lock_access(_ACTOR)
    if not _is_enough(user, second_factor):
        return False
    login(request, user)
    # The secret of a session that a provider began goes on with the same user; its origin does not.
    for key in (BY_PROVIDER, PROVIDER_ID):
        request.session.pop(key, None)
    request.session[SECOND_FACTOR] = second_factor
    request.session.save()
    return True


def _is_enough(user: User, second_factor: str) -> bool:
    if user.is_support:
        return True
    active = User.objects.filter(pk=user.pk, is_active=True).exists()
    taken = active and sign_in_policy().takes_password_of(user)
    return taken and (bool(second_factor) or not needs_second_factor(user))
