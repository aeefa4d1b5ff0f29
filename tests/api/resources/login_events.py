"""What the suites know of the login log: valid requests, and who may send them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone

from sso.login_events.models import LoginEvent, Outcome
from tests.api.sample import Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture

_PROVIDER = UUID("33333333-3333-4333-8333-333333333333")


def _event(fixture: Fixture, number: int) -> LoginEvent:
    return LoginEvent(
        provider_kind="saml",
        provider_id=_PROVIDER,
        provider_name="Okta",
        outcome=Outcome.REFUSED,
        code="expired",
        reason=f"Expired for {fixture.owner.username}",
        reference=f"R{number}",
        expires_at=timezone.now() + timedelta(days=1),
    )


def make(fixture: Fixture) -> dict[str, Any]:
    """One sign-on that was refused."""
    event = _event(fixture, 0)
    event.save(force_insert=True)
    return {"login_event": event}


def more_events(fixture: Fixture, count: int) -> None:
    """Further ones."""
    LoginEvent.objects.bulk_create(_event(fixture, number) for number in range(count))


RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
sso/login-events/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
sso/login-events/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
"""

SAMPLES = {
    "GET /api/v1/sso/login-events/": Sample(
        filters={
            "outcome": "refused",
            "code": "expired",
            "provider_id": str(_PROVIDER),
            "reference": "R0",
        },
        fill=more_events,
    ),
    "GET /api/v1/sso/login-events/{pk}/": Sample(address=address_of("login_event")),
}

# The admin: who may view, add, change and delete; its filters.
ADMIN_RIGHTS: dict[str, tuple[frozenset[str], ...]] = {
    "login_events.loginevent": (
        frozenset({"admin", "operator"}),
        frozenset(),
        frozenset(),
        frozenset(),
    )
}
ADMIN_FILTERS: dict[str, set[str]] = {
    "login_events.loginevent": {
        f"{name}__{lookup}"
        for name in ("outcome", "provider_kind")
        for lookup in ("exact", "isnull")
    }
}
