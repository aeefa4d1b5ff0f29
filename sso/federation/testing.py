"""Testing a configuration: a sign-on that goes through every rule and signs nobody in.

What is a test is decided by the request that the browser took along, which only its cookie finds:
an answer to another one is never a test, and an answer to this one never a sign-on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.access import access_policy
from rbac.attempts import begin_attempt
from sso.federation.protocols import Purpose
from sso.federation.sessions import active_user_of
from sso.login_events.permissions import VIEW_LOGIN_EVENT
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from iac_platform.common.audit import Actor
    from sso.federation.protocols import SignOnProtocol


def begin_test(
    protocol: SignOnProtocol, request: HttpRequest, configuration: Any, *, actor: Actor
) -> HttpResponse:
    """Send an admin's browser to the identity provider; the login log then shows the outcome.

    Raises:
        NotPermitted: the actor may not change the configuration, or not read the login log.
        TooManyAttempts: too many sign-ons were begun.
        SessionEnded: the admin's session has ended meanwhile.
        DomainError: the identity provider cannot be asked.
    """
    access_policy().require(actor, protocol.update_permission, configuration)
    access_policy().require(actor, VIEW_LOGIN_EVENT)
    begin_attempt(protocol.login_attempts, request)
    purpose = Purpose(tested_in=open_session(request).pk)
    return protocol.start(request, configuration, purpose)


def require_tester(protocol: SignOnProtocol, configuration: Any, session_id: UUID | None) -> None:
    """Go on only while whoever began a test has the session in which they did, and still may.

    Raises:
        DomainError: the session has ended.
        NotPermitted: they may not change the configuration any more.
    """
    user = active_user_of(session_id)
    if user is None:
        raise protocol.unsolicited("The session in which the test began has ended.")
    access_policy().require(user, protocol.update_permission, configuration)
