"""An identity provider that provisions a company; see bench_scim.py."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from rbac.quotas import USERS  # noqa: E402
from sso.provisioning.services.mappings import create_mapping  # noqa: E402
from sso.scim.models import ScimDirectory  # noqa: E402
from tenants.context import tenant_scope  # noqa: E402
from tenants.models import Tier  # noqa: E402
from tenants.quotas.services import override_quotas  # noqa: E402
from tests.conftest import ACTOR  # noqa: E402
from tests.sso.scim.clients import ScimClient, scim_client, user  # noqa: E402
from tests.throwaway import ThrowawayTenants, platform  # noqa: E402

if TYPE_CHECKING:
    from tenants.models import Tenant

PART = 50  # requests at the beginning, and at the end
GROUPS_OF_ONE = 2
GIVES_EVERY = 25  # groups


class Request(NamedTuple):
    """What one request took."""

    milliseconds: float
    queries: int


class Provider:
    """It sends requests, and notes what each took, by its kind."""

    def __init__(self, client: ScimClient) -> None:
        self.client = client
        self.took: dict[str, list[Request]] = defaultdict(list)

    def send(self, kind: str, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """A request that must succeed; what it answers."""
        connection.queries_log.clear()  # it keeps so many, and counts none beyond
        with CaptureQueriesContext(connection) as queries:
            began = time.perf_counter()
            answer = self.client.send(method, path, body, **options)
            took = (time.perf_counter() - began) * 1000
        if answer.status_code not in {200, 201, 204}:
            sys.exit(f"{method} {path}: {answer.status_code} {answer.content!r}")
        self.took[kind].append(Request(took, len(queries)))
        return answer.json() if answer.content else None

    def provision(self, number: int) -> str:
        """One user, as providers do it: they look first."""
        name = f"user{number}@example.com"
        self.send("find a user by name", "GET", f'/Users?filter=userName eq "{name}"')
        sent = user(name, externalId=f"00u{number}", displayName=f"User {number}")
        return str(self.send("create a user", "POST", "/Users", sent)["id"])

    def show(self) -> None:
        """Medians of the first and of the last requests of each kind."""
        for kind, took in self.took.items():
            first, last = took[1 : PART + 1] or took, took[-PART:]
            cells = [
                f"{median(each.milliseconds for each in part):8.1f} ms "
                f"{median(each.queries for each in part):5.0f} queries"
                for part in (first, last)
            ]
            sys.stdout.write(f"  {kind:44}{len(took):7,} times  {cells[0]}  {cells[1]}\n")


def provision_company(tenant: Tenant, users: int, groups: int) -> None:
    """Users first, then groups with their members, then what changes every day."""
    provider, began = Provider(scim_client(tenant)), time.perf_counter()
    with tenant_scope(tenant):
        create_mapping(
            provider_kind="scim",
            provider_id=ScimDirectory.objects.get().pk,
            role_sync="exact",
            group_roles=[
                {"group": f"Group {number}", "role": "viewer"}
                for number in range(0, groups, GIVES_EVERY)
            ],
            actor=ACTOR,
        )
    ids = [provider.provision(number) for number in range(users)]
    size = max(1, users * GROUPS_OF_ONE // groups)
    for number in range(groups):
        members = [ids[(number * size + each) % users] for each in range(size)]
        gives = "gives a role" if number % GIVES_EVERY == 0 else "gives nothing"
        body = {"displayName": f"Group {number}", "members": [{"value": pk} for pk in members]}
        body["schemas"] = ["urn:ietf:params:scim:schemas:core:2.0:Group"]
        provider.send(f"create a group of {size}, which {gives}", "POST", "/Groups", body)
    for pk in ids[:: max(1, users // (2 * PART))]:
        off = {"op": "Replace", "path": "active", "value": "False"}
        patch = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        body = {"schemas": [patch], "Operations": [off]}
        provider.send("deactivate a user", "PATCH", f"/Users/{pk}", body)
    for start in range(1, users, 200):
        provider.send("read 200 users", "GET", f"/Users?startIndex={start}&count=200")
    seconds = time.perf_counter() - began
    sys.stdout.write(f"  all of it: {seconds:.0f} s\n")
    provider.show()


def main(users: int, groups: int) -> None:
    """The same for a tenant of each tier."""
    with ThrowawayTenants() as tenants:
        for tier in (Tier.STANDARD, Tier.ENTERPRISE):
            tenant = tenants(tier)
            with tenant_scope(platform()):
                override_quotas(tenant, overrides={USERS.name: users + 100}, actor=ACTOR)
            head = f"{tier}: {users:,} users, {groups:,} groups; medians of the first and last"
            sys.stdout.write(f"{head} {PART} requests\n")
            provision_company(tenant, users, groups)


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:3]))
