"""What the suites know of people's sessions: valid requests, and who may send them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.utils import timezone

from sso.sign_in.models import Session
from tests.api.sample import Address, Sample, address_of

if TYPE_CHECKING:
    from rbac.models import User
    from tests.api.fixtures import Fixture


_PROVIDER = UUID("44444444-4444-4444-8444-444444444444")


def _session(user: User) -> Session:
    return Session(
        digest=uuid4().hex * 2,
        data="",
        user=user,
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        provider_id=_PROVIDER,
        expires_at=timezone.now() + timedelta(hours=1),
    )


def make(fixture: Fixture) -> dict[str, Any]:
    """A session of somebody, and one of somebody else."""
    session, _ = Session.objects.bulk_create(
        _session(user) for user in (fixture.owner, fixture.colleague)
    )
    return {"session": session}


def more_sessions(fixture: Fixture, count: int) -> None:
    """Further ones."""
    Session.objects.bulk_create(_session(fixture.owner) for _ in range(count))


RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
sessions/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
sessions/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    DELETE -     204 404 404 404 404 404 404 404 404 401 204
users/{pk}/sessions/
    DELETE -     204 403 404 404 403 404 404 404 404 401 204
"""

_SESSION = address_of("session")

SAMPLES = {
    "GET /api/v1/sessions/": Sample(
        filters={
            "user": lambda fixture: fixture.owner.pk,
            "by_provider": "false",
            "provider_id": str(_PROVIDER),
        },
        fill=more_sessions,
    ),
    "GET /api/v1/sessions/{pk}/": Sample(address=_SESSION),
    "DELETE /api/v1/sessions/{pk}/": Sample(204, address=_SESSION),
    "DELETE /api/v1/users/{pk}/sessions/": Sample(
        204,
        # Somebody else's, so that the session above stays.
        address=Address({"pk": lambda fixture: fixture.colleague.pk}, hidden=("pk",)),
    ),
}

# The admin: who may view, add, change and delete; its filters.
_MAY = frozenset({"admin", "operator"})
ADMIN_RIGHTS: dict[str, tuple[frozenset[str], ...]] = {
    "sign_in.session": (_MAY, frozenset(), frozenset(), _MAY)
}
ADMIN_FORMS: dict[str, Any] = {"sign_in_session_delete": {}}
ADMIN_FILTERS: dict[str, set[str]] = {
    "sign_in.session": {f"by_provider__{lookup}" for lookup in ("exact", "isnull")}
}
