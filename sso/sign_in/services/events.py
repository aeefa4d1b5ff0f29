"""Putting sign-ins and sign-outs on record: receivers of Django's signals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from rbac.services.audit import Subject
from rbac.services.denials import record_sparingly
from sso.sign_in.browsers import described
from sso.sign_in.models import USER_AGENT_LENGTH
from sso.sign_in.recent import note_authentication
from sso.sign_in.selectors import sign_in_policy
from sso.sign_in.session_store import USER_AGENT

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User

SIGNED_IN = "access.signed_in"
SIGNED_OUT = "access.signed_out"


def record_sign_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """Note the browser on its session, and the sign-in in the audit log."""
    del sender
    agent = _user_agent(request)
    request.session[USER_AGENT] = agent
    note_authentication(request.session)
    lasts = timedelta(hours=sign_in_policy().session_hours)
    session: Any = request.session
    session.start_lifetime(timezone.now() + lasts)
    _record(SIGNED_IN, user, agent)


def record_sign_out(sender: Any, request: HttpRequest, user: User | None = None, **_: Any) -> None:
    """Note the sign-out in the audit log, unless nobody had signed in."""
    del sender
    if user is not None:
        _record(SIGNED_OUT, user, _user_agent(request))


def _record(action: str, user: User, agent: str) -> None:
    subject = Subject("rbac.user", str(user.pk), user.username)
    record_sparingly(action, subject, user, {"device": described(agent)})


def _user_agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH]
