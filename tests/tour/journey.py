"""What a tour keeps as it goes: who travels, what was asked, and what was wrong."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from rbac.models import ApiToken, RoleGrant, User
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tests.api.people import People
from tests.api_client import ApiClient, body
from tests.throwaway import ACTOR, ThrowawayTenants, platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

    from tenants.models import Tenant
    from tests.tenants.statements import Statement

_SHOWN = 300


@dataclass
class Journey:
    """One tour.

    Attributes:
        staff: the operator's client.
        tenants: makes tenants, and removes them in the end.
        folder: for archives and files.
        say: receives what is worth a line.
        answered: how often each operation of the API was answered as it should be.
        faults: what was wrong, in words.
        statements: what the application sent to the database.
    """

    staff: ApiClient
    tenants: ThrowawayTenants
    folder: Path
    say: Callable[[str], None]
    answered: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    statements: set[Statement] = field(default_factory=set)
    _people: dict[UUID, People] = field(default_factory=dict)

    def people(self, tenant: Tenant) -> People:
        """The people of a tenant, the same in every chapter."""
        return self._people.setdefault(tenant.pk, People(tenant))

    def check(self, what: str, found: Any, expected: Any) -> bool:
        """Note a fault where something is not what it should be."""
        if found != expected:
            self.faults.append(f"{what}: {found!r}, not {expected!r}")
        return bool(found == expected)

    def ask(
        self,
        client: ApiClient,
        operation: str,
        content: Any = None,
        *,
        status: int = 200,
        **address: Any,
    ) -> dict[str, Any]:
        """Send a request of the API; what it answers, if that has JSON in it.

        Args:
            client: who asks.
            operation: ``METHOD template``.
            content: the body.
            status: what it must answer.
            address: what stands in for the template's parameters.
        """
        method, template = operation.split(" ")
        path = template.format(**address)
        headers = {}
        if method in {"PATCH", "PUT", "DELETE"} and (tag := client.get(path).headers.get("ETag")):
            headers["If-Match"] = tag
        if content is None:
            answer = client.generic(method, path, headers=headers)
        else:
            sent = json.dumps(content)
            answer = client.generic(method, path, sent, "application/json", headers=headers)
        self.note(operation, answer, status)
        if not answer.headers.get("Content-Type", "").endswith("json"):
            return {}
        said: dict[str, Any] = json.loads(body(answer))
        return said

    def note(self, operation: str, answer: Any, status: int) -> None:
        """Count an answer, or keep it as a fault."""
        if answer.status_code == status:
            self.answered[operation] += 1
        else:
            text = body(answer)[:_SHOWN].decode(errors="replace")
            self.faults.append(f"{operation}: {answer.status_code}, not {status}: {text}")


@contextmanager
def staff() -> Iterator[ApiClient]:
    """A client of one of the operator's people, who is gone afterwards."""
    operator = platform()
    with tenant_scope(operator), transaction.atomic():
        name = f"guide-{secrets.token_hex(4)}"
        user = create_user(username=name, roles=["operator"], actor=ACTOR)
        _, token = create_token(user, name="tour", actor=ACTOR)
    try:
        yield ApiClient(operator, user=user, token=token)
    finally:
        with as_owner(), tenant_scope(operator), transaction.atomic():
            for model in (ApiToken, RoleGrant):
                model.objects.filter(user=user).delete()
            User.objects.filter(pk=user.pk).delete()


def read_again(tenant: Tenant) -> Tenant:
    """The tenant as it is now."""
    return type(tenant).objects.select_related("placement").get(pk=tenant.pk)
