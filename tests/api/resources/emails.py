"""What the suites know of e-mail: valid requests, and who may send them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from sso.emails.models import Email
from tests.api.sample import Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture


def _email(fixture: Fixture, number: int) -> Email:
    return Email(
        recipient=f"{fixture.owner.username}@example.com",
        subject=f"Notice {number}",
        expires_at=timezone.now() + timedelta(days=1),
    )


def make(fixture: Fixture) -> dict[str, Any]:
    """An e-mail to somebody."""
    email = _email(fixture, 0)
    email.save(force_insert=True)
    return {"email": email}


def more_emails(fixture: Fixture, count: int) -> None:
    """Further ones."""
    Email.objects.bulk_create(_email(fixture, number) for number in range(count))


RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
emails/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
emails/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
"""

SAMPLES = {
    "GET /api/v1/emails/": Sample(
        filters={
            "recipient": lambda fixture: f"{fixture.owner.username}@example.com",
            "status": "queued",
        },
        fill=more_emails,
    ),
    "GET /api/v1/emails/{pk}/": Sample(address=address_of("email")),
}

# The admin: who may view, add, change and delete; its filters.
_MAY = frozenset({"admin", "operator"})
_NOBODY: frozenset[str] = frozenset()
ADMIN_RIGHTS: dict[str, tuple[frozenset[str], ...]] = {
    "emails.email": (_MAY, _NOBODY, _NOBODY, _NOBODY)
}
ADMIN_FORMS: dict[str, Any] = {}
ADMIN_FILTERS: dict[str, set[str]] = {"emails.email": {"status__exact", "status__isnull"}}
