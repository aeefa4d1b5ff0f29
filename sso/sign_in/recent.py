"""How long ago whoever sits at a browser has shown who they are.

A session lasts for hours, and its browser may be left open. What outlives the session, or decides
who else gets in, is done only within some time of an authentication ("step-up authentication").
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase

RECENT_SECONDS = 30 * 60
_KEY = "authenticated_at"


def note_authentication(session: SessionBase) -> None:
    """Note that the session's user has shown right now who they are."""
    session[_KEY] = int(time.time())


def authenticated_recently(session: SessionBase) -> bool:
    """Whether that is at most ``RECENT_SECONDS`` ago; never for a session that does not say."""
    age = time.time() - session.get(_KEY, 0)
    return bool(0 <= age <= RECENT_SECONDS)
