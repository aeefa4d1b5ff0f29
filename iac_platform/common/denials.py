"""How requests that were refused for want of rights reach the audit log.

The log belongs to ``rbac``, which registers ``RECORDER``: the gateway need not import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iac_platform.common.hooks import Hook

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Denial:
    """A request that was refused.

    Attributes:
        user: who asked; None for somebody who did not show who they are.
        status: what they were answered: 401, 403 or 404.
        code: the problem's code.
        permission: what it would have needed, by name; empty where nobody can say.
        method, route: what was asked for; the route's template, without identifiers.
        subject_type: the model that it was about; empty where there is none.
        subject_id: the object that the address named, whether or not it exists.
    """

    user: Any
    status: int
    code: str
    permission: str
    method: str
    route: str
    subject_type: str = ""
    subject_id: str = ""


RECORDER: Hook[Callable[[Denial], None]] = Hook("recorder of denials")


def record(denial: Denial) -> None:
    """Write a denial to the current tenant's log, in a transaction of its own.

    Never raises for want of a database or cache: the request was answered already.
    """
    RECORDER.get()(denial)
