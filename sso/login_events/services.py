"""Writing the login log, also of what was rolled back, and never more than a tenant may have."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from iac_platform.cache import CacheUnavailable, ledger
from rbac.attempts import networks_of
from sso.login_events.models import MAX_CODE, MAX_NAME, MAX_REASON, LoginEvent, Outcome

if TYPE_CHECKING:
    from uuid import UUID

    from rbac.models import User
    from sso.provisioning.external import Provider

KEPT = timedelta(days=30)
# Of each outcome, and of each code of refusals, so that none pushes another out.
MOST_EVENTS = 2_000
MOST_OF_CODE = 500
MAX_DOCUMENT = 64 * 1024
# Of a report, whose lists and texts the provider sends.
MOST_LISTED, MAX_TEXT = 200, 500
# Anybody can have a sign-on refused, as often as they like; what was not even asked for uses up
# nothing of the others.
MOST_REFUSALS = 60
MAX_UNSOLICITED = 40
MOST_REFUSALS_OF_NETWORK = 20
_WINDOW_SECONDS = 60
# Without letters and digits that look alike (Crockford's base 32).
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_CHARACTERS = 10

_log = structlog.get_logger("sso.login_events")


class LoginSource(NamedTuple):
    """What a login came by that is no identity provider of people.

    Attributes:
        kind: one of those of the log.
        id: of its configuration.
        name: what people call it.
    """

    kind: str
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Login:
    """What came of a sign-on.

    Attributes:
        outcome: what came of it.
        code: the rule that was broken.
        reason: what exactly was wrong, or withheld.
        subject: what the provider calls the person, if that was verified.
        user: who they are here.
        document: what was sent, with nothing in it that could be used again.
        report: what a test found; None for what was no test.
        is_unsolicited: whether it answers nothing that was asked from here: anybody can send such.
    """

    outcome: Outcome
    code: str = ""
    reason: str = ""
    subject: str = ""
    user: User | None = None
    document: str = ""
    report: dict[str, Any] | None = None
    is_unsolicited: bool = False


def record_login(
    provider: Provider | LoginSource,
    login: Login,
    *,
    address: str | None,
    event_id: UUID | None = None,
) -> str:
    """Write one event in a transaction of its own; call it after that of the sign-on.

    Refusals are written up to a limit a minute. What cannot be written is in the process's log, and
    the person is answered all the same.

    Returns:
        The reference of the event, which is shown to the person; empty if it was not recorded.
    """
    reference = "".join(secrets.choice(_ALPHABET) for _ in range(_REFERENCE_CHARACTERS))
    _log.info("login", outcome=login.outcome, code=login.code, reference=reference)
    if login.outcome == Outcome.REFUSED and _is_flooded(
        address, is_unsolicited=login.is_unsolicited
    ):
        return ""
    event = LoginEvent(
        pk=event_id or uuid4(),
        provider_kind=provider.kind,
        provider_id=provider.id,
        provider_name=provider.name[:MAX_NAME],
        outcome=login.outcome,
        code=login.code[:MAX_CODE],
        reason=login.reason[:MAX_REASON],
        subject=login.subject,
        user=login.user,
        address=address,
        reference=reference,
        document=login.document[:MAX_DOCUMENT],
        report=_bounded(login.report),
        expires_at=timezone.now() + KEPT,
    )
    try:
        with transaction.atomic():
            event.save(force_insert=True)
            if event.code:
                _remove_oldest(MOST_OF_CODE, outcome=login.outcome, code=event.code)
            _remove_oldest(MOST_EVENTS, outcome=login.outcome)
    except DatabaseError:
        _log.exception("login_unrecorded", reference=reference)
        return ""
    return reference


def _bounded(value: Any) -> Any:
    """A report, or a part of it, no longer than people read."""
    if isinstance(value, dict):
        return {name: _bounded(each) for name, each in value.items()}
    if isinstance(value, list):
        more = len(value) - MOST_LISTED
        kept = [_bounded(each) for each in value[:MOST_LISTED]]
        return [*kept, f"and {more} more"] if more > 0 else kept
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _is_flooded(address: str | None, *, is_unsolicited: bool) -> bool:
    """Whether more sign-ons were refused in this minute than tell anything.

    What a network has too many of does not count for the others.
    """
    kind, most = ("unsolicited", MAX_UNSOLICITED) if is_unsolicited else ("refused", MOST_REFUSALS)
    network, _ = networks_of(address)
    if _count(f"{kind}:{network}") > MOST_REFUSALS_OF_NETWORK:
        return True
    return _count(kind) > most


def _count(what: str) -> float:
    steps = [(what, 1, _WINDOW_SECONDS)]
    try:
        (count,) = ledger.count("login-events", steps)
    except CacheUnavailable:
        (count,) = ledger.count_here("login-events", steps)
    return count.value


def _remove_oldest(most: int, **alike: str) -> None:
    """Remove what is beyond the newest; what another writer removes right now is left to it."""
    newest = LoginEvent.objects.filter(**alike).order_by("-created_at", "-id")
    beyond = newest.values_list("created_at", flat=True)[most : most + 1]
    for moment in beyond:
        old = LoginEvent.objects.filter(**alike, created_at__lte=moment).order_by()
        free = old.select_for_update(skip_locked=True).values_list("pk", flat=True)
        LoginEvent.objects.filter(pk__in=list(free)).delete()
