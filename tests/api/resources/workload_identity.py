"""What the suites know of workload identities: valid requests, and who may send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.audit import SystemActor
from sso.workload_identity.models import WorkloadIdentity
from sso.workload_identity.services import workload_identities
from sso.workload_identity.services.workload_identities import create_workload_identity
from tests.api.sample import Sample, address_of, service_calls

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture

_ACTOR = SystemActor("tests")
_TRUST: dict[str, Any] = {
    "platform": "github",
    "audience": "https://acme.iac.example",
    "subject": "repo:octo-org/web:ref:refs/heads/main",
}


def make(fixture: Fixture) -> dict[str, Any]:
    """What lets the fixture's repository act as its service account."""
    identity = create_workload_identity(
        name=f"Deployments of {fixture.owner.username}",
        service_account=fixture.account,
        actor=_ACTOR,
        **_TRUST,
    )
    return {"workload_identity": identity}


def more_identities(fixture: Fixture, count: int) -> None:
    """Workload identities of the fixture's service account."""
    WorkloadIdentity.objects.bulk_create(
        WorkloadIdentity(
            name=f"More {n}",
            issuer="https://ci.example.com",
            service_account=fixture.account,
            created_by=fixture.owner,
            **_TRUST,
        )
        for n in range(count)
    )


_IDENTITY = address_of("workload_identity")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
sso/workload-identities/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
sso/workload-identities/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    PATCH  -     200 403 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
"""

SAMPLES = {
    "GET /api/v1/sso/workload-identities/": Sample(fill=more_identities),
    "POST /api/v1/sso/workload-identities/": Sample(
        201,
        body=lambda fixture: {
            "name": "Deployments",
            "service_account": str(fixture.account.pk),
            "scopes": ["blueprint.view"],
            **_TRUST,
        },
        references=("service_account",),
    ),
    "GET /api/v1/sso/workload-identities/{pk}/": Sample(address=_IDENTITY),
    "PATCH /api/v1/sso/workload-identities/{pk}/": Sample(
        address=_IDENTITY, body=lambda _: {"token_lifetime_seconds": 600}
    ),
    "DELETE /api/v1/sso/workload-identities/{pk}/": Sample(204, address=_IDENTITY),
}


# Every service with an actor; and those that compare revisions.
_CALLS, REVISED_SERVICES = service_calls(
    "workload_identities",
    "workload_identity",
    workload_identities,
    new={},
    changes={"name": "Renamed"},
)
SERVICES = {
    **_CALLS,
    "workload_identities.create_workload_identity": lambda it, who: create_workload_identity(
        name="Deployments",
        service_account=it["workload_identity"].service_account,
        actor=who,
        **_TRUST,
    ),
}

# The admin: who may view, add, change and delete; how its forms are filled in; its filters.
_WRITERS = frozenset({"admin", "operator"})
ADMIN_RIGHTS = {
    "workload_identity.workloadidentity": (
        _WRITERS | {"enterprise-architect"},
        _WRITERS,
        _WRITERS,
        _WRITERS,
    )
}
ADMIN_FORMS: dict[str, Any] = {
    "workload_identity_workloadidentity_add": lambda fixture: {
        "name": "Deployments",
        "platform": "github",
        "signing_algorithm": "RS256",
        "audience": "https://acme.iac.example",
        "subject": "repo:octo-org/web:ref:refs/heads/main",
        "service_account": str(fixture.account.pk),
        "token_lifetime_seconds": "600",
    },
    "workload_identity_workloadidentity_change": {"name": "Renamed"},
    "workload_identity_workloadidentity_delete": {},
}
ADMIN_FILTERS: dict[str, set[str]] = {
    "workload_identity.workloadidentity": {
        f"{name}__{lookup}" for name in ("is_enabled", "platform") for lookup in ("exact", "isnull")
    }
}
