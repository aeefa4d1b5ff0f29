"""Testing a configuration: a sign-on that goes through every rule and signs nobody in.

What is a test is decided by the request that the browser took along, which only its cookie finds:
an answer to another one is never a test, and an answer to this one never a sign-on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.access import access_policy
from sso.federation.sessions import active_user_of
from sso.login_events.permissions import VIEW_LOGIN_EVENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.db.models import Model

    from iac_platform.common.audit import Actor
    from iac_platform.common.errors import DomainError
    from iac_platform.common.permissions import Permission


def require_may_test(actor: Actor, permission: Permission, configuration: Model) -> None:
    """Go on only for whoever may change a configuration, and read the outcome in the login log.

    Raises:
        NotPermitted: the actor may not.
    """
    access_policy().require(actor, permission, configuration)
    access_policy().require(actor, VIEW_LOGIN_EVENT)


def require_tester(
    session_id: UUID | None,
    permission: Permission,
    configuration: Model,
    *,
    unsolicited: Callable[[str], DomainError],
) -> None:
    """Go on only while whoever began a test has the session in which they did, and still may.

    Args:
        session_id: in which the test began.
        permission: to change the configuration.
        configuration: which is tested.
        unsolicited: makes the protocol's refusal of what nobody waits for.

    Raises:
        DomainError: the session has ended.
        NotPermitted: they may not change the configuration any more.
    """
    user = active_user_of(session_id)
    if user is None:
        raise unsolicited("The session in which the test began has ended.")
    access_policy().require(user, permission, configuration)
