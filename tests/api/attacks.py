"""An attacker with full rights in its own tenant, and the tenant that it attacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction

from tenants.context import tenant_scope
from tests.api.people import People
from tests.api.requests import send
from tests.api.resources import SAMPLES, path_of

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.api.fixtures import Fixture
    from tests.api_client import ApiClient

NO_SUCH_NAME = "never-existed"
Items = dict[str, dict[str, Any]]


class Side(NamedTuple):
    """One of two rivals.

    Attributes:
        tenant: which.
        people: with full rights in it, and without.
        fixture: what it owns.
        operators: those who may do to its objects what the operator alone may do.
    """

    tenant: Tenant
    people: People
    fixture: Fixture
    operators: People

    @classmethod
    def of(cls, tenant: Tenant, operators: People) -> Side:
        """A side with an fixture."""
        people = People(tenant)
        return cls(tenant, people, people.fixture("admin", own=False), operators)

    @property
    def admin(self) -> ApiClient:
        """A client with full rights."""
        return self.people.client("admin")

    def entitled(self, operation: str) -> ApiClient:
        """Who may do this to the side's objects."""
        return self.operators.client("operator") if SAMPLES[operation].operator else self.admin

    def path(self, operation: str) -> str:
        """The address of an operation on the side's own objects."""
        return path_of(operation, SAMPLES[operation], self.fixture)

    def items(self, operation: str, **query: str) -> Items:
        """What a list shows to the side's own admin, by what tells the objects apart."""
        response = self.admin.get(self.path(operation), {"page_size": "200", **query})
        assert response.status_code == 200, response.content
        return {identity(item): item for item in response.json()["results"]}


class Attack(NamedTuple):
    """Who attacks whom."""

    attacker: Side
    victim: Side

    @property
    def in_one_pool(self) -> bool:
        """Whether the rows of both lie side by side, where the most can go wrong."""
        return self.attacker.tenant.schema_name == self.victim.tenant.schema_name

    def require_twin(self, operation: str, **options: Any) -> None:
        """The valid twin of an attack: the victim's own people do it with success."""
        sample, client = SAMPLES[operation], self.victim.entitled(operation)
        with transaction.atomic():
            if sample.prepare is not None:
                with tenant_scope(self.victim.tenant):
                    sample.prepare(self.victim.fixture)
            response = send(
                client, operation, sample, self.victim.fixture, reader=client, **options
            )
            transaction.set_rollback(True)
        assert response.status_code == sample.status, response.content


def identity(item: dict[str, Any]) -> str:
    """What tells an object from every other, in any tenant."""
    return str(item.get("id") or item["created_at"])


def never_existed(value: object) -> str:
    """Something of the same form that nobody has."""
    return str(uuid4()) if isinstance(value, UUID) else NO_SUCH_NAME
