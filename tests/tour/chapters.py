"""What a tour visits. Each chapter takes tenants as it finds them, and commits what it does."""

from __future__ import annotations

import json
import secrets
import uuid
from io import StringIO
from typing import TYPE_CHECKING, Any

from django.core.management import CommandError, call_command
from django.urls import reverse

from iac_platform.admin.site import site
from rbac.models import User
from rbac.services.tokens import create_token
from tenants.contents import count_rows, owned_tables
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.lifecycle.services import operators_scope
from tenants.models import (
    Operation,
    OperationKind,
    OperationStatus,
    Tenant,
    TenantStatus,
    Tier,
)
from tenants.operations.runner import run_queued
from tenants.operations.upkeep import provision_pending
from tests.admin_client import AdminClient
from tests.api.fixtures import make_fixture, without_work
from tests.api.requests import send
from tests.api.resources import SAMPLES, make, operations
from tests.api_client import ApiClient, body
from tests.throwaway import ACTOR
from tests.tour.journey import read_again

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.fixtures import Fixture
    from tests.api.people import People
    from tests.tour.journey import Journey

PASSWORD = "correct-horse-battery"
TENANT = "/api/v1/tenants/{pk}/"
OPERATION = "/api/v1/operations/{pk}/"
# How the samples call what they make; one name is one tenant's only where it is a host's.
_UNIQUE_HOST = "POST /api/v1/domains/"
# What a move says where it would have to reach another node.
_REFUSAL = "export_tenant"
# Ends something although it is no DELETE.
_ENDINGS = frozenset({"POST /api/v1/tokens/{pk}/rotate/", "POST /api/v1/tokens/revoke/"})
# What stays behind, or what an import itself writes.
_NOT_COPIED = frozenset(
    {
        *("access_stamps", "api_tokens", "audit_entries", "audit_links", "email_domains"),
        *("invitations", "login_events", "sessions", "support_accesses"),
        *(
            "saml_logouts",
            "saml_requests",
            "saml_service_provider_keys",
            "saml_sessions",
            "saml_used_messages",
        ),
        *("oidc_client_secrets", "oidc_requests", "oidc_sessions", "oidc_tokens"),
        "oidc_used_tokens",
        *("emails", "recovery_codes", "second_factors"),
        *("scim_tokens", "sign_in_policies"),
        "device_authorizations",
    }
)


def every_operation(journey: Journey, tenant: Tenant) -> None:
    """Every operation of the tenants' API with its sample."""
    people = journey.people(tenant)
    client = people.client("admin")
    changed, removed = (_estate(people, name) for name in ("owner", "owner-of-what-goes"))
    wanted = [name for name in operations() if not SAMPLES[name].operator]
    for operation in sorted(wanted, key=_order):
        sample = SAMPLES[operation]
        fixture = removed if _order(operation)[0] > 1 else changed
        if sample.prepare is not None:
            with tenant_scope(tenant):
                sample.prepare(fixture)
        content = {"domain": f"{tenant.slug}.example"} if operation == _UNIQUE_HOST else None
        answer = send(client, operation, sample, fixture, reader=client, content=content)
        journey.note(operation, answer, sample.status)


def _estate(people: People, name: str) -> Fixture:
    fixture = without_work(make_fixture(people.tenant, people.user("system-engineer", name)))
    with tenant_scope(people.tenant):
        fixture.more.update(make(fixture))
    return fixture


def _order(operation: str) -> tuple[int, int]:
    """Reading, changing, and at last removing: a part before what it is a part of."""
    if operation in _ENDINGS:
        return 3, 0
    if operation.startswith("DELETE "):
        return 2, -operation.count("/")
    return int(not operation.startswith("GET ")), 0


def admin_pages(journey: Journey, tenant: Tenant) -> None:
    """The lists and forms of the admin, and a form that is sent."""
    client = AdminClient(tenant, journey.people(tenant).user("admin", "admin-of-pages"))
    for model in site._registry:  # noqa: SLF001  # there is no public list
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        for page in ("changelist", "add"):
            status = client.get(reverse(f"admin:{name}_{page}")).status_code
            journey.check(f"admin page {name}_{page}", status < 500, expected=True)
    sent = client.submit("rbac_team_add", name="Made in the admin").status_code
    journey.check("a team made in the admin", sent, 302)


def quotas(journey: Journey, tenant: Tenant) -> None:
    """A limit of a tenant's own is reached, refuses, and is lifted."""
    usage, client = f"{TENANT}usage/", journey.people(tenant).client("admin")
    shown = journey.ask(client, "GET /api/v1/usage/")["quotas"]
    count = next(each["used"] for each in shown if each["name"] == "users")
    new = {"username": f"late-{secrets.token_hex(4)}", "email": "late@example.com"}
    limit = {"overrides": {"users": count}}
    journey.ask(journey.staff, f"PUT {usage}", limit, pk=tenant.pk)
    refused = journey.ask(client, "POST /api/v1/users/", new, status=403)
    journey.check("the refusal at a limit", refused.get("code"), "quota-exceeded")
    journey.ask(journey.staff, f"PUT {usage}", {"overrides": {}}, pk=tenant.pk)
    journey.ask(client, "POST /api/v1/users/", new, status=201)
    journey.ask(journey.staff, f"GET {usage}", pk=tenant.pk)


def audit(journey: Journey, tenant: Tenant) -> None:
    """The log holds what was done, in a chain that verifies."""
    client = journey.people(tenant).client("admin")
    answer = client.get("/api/v1/audit/export/?since=2020-01-01T00:00:00Z")
    journey.note("GET /api/v1/audit/export/", answer, 200)
    lines = [json.loads(line) for line in body(answer).splitlines()]
    with as_owner():
        entries = count_rows(tenant.schema_name, owned_tables(tenant.schema_name), tenant.pk)
    journey.check(
        f"links and entries of {tenant.slug}", entries["audit_links"], entries["audit_entries"]
    )
    journey.check(f"lines about {tenant.slug}", len(lines) > 1, expected=True)
    _manage(journey, "verify_audit", tenant=tenant.slug)


def operators(journey: Journey) -> None:
    """What operators do with tenants, but for moves and deletions: made, changed, opened."""
    staff, ask = journey.staff, journey.ask
    for operation in (
        "GET /api/v1/tenants/",
        "GET /api/v1/service-plans/",
        "GET /api/v1/operations/",
    ):
        ask(staff, operation)
    slug = f"tmp-{secrets.token_hex(4)}"
    asked = {"slug": slug, "name": "Toured", "invite": "ada@example.com"}
    made = ask(staff, "POST /api/v1/tenants/", asked, status=201)
    tenant = _made(journey, made["id"])
    invited = ask(staff, f"POST {TENANT}invitation/", status=201, pk=tenant.pk)
    accepted = {"token": invited["token"], "username": "ada", "password": PASSWORD}
    answer = ApiClient(tenant).post("/api/v1/invitations/accept/", accepted)
    journey.check("an invitation is accepted", answer.status_code, 201)
    ask(staff, f"PATCH {TENANT}", {"name": "Renamed"}, pk=tenant.pk)
    ask(staff, "GET /api/v1/service-plans/{key}/", key=tenant.plan_id)
    shown = ask(staff, f"GET {TENANT}", pk=tenant.pk)
    journey.check("its status", (shown["status"], shown["name"]), ("active", "Renamed"))
    second = {"slug": f"tmp-{secrets.token_hex(4)}", "name": "Without an admin"}
    made = ask(staff, "POST /api/v1/tenants/", second, status=201)
    tenant = _made(journey, made["id"])
    first = {"username": "first", "email": "first@example.com"}
    ask(staff, f"POST {TENANT}admins/", first, status=201, pk=tenant.pk)
    _queue(journey)


def _made(journey: Journey, key: str) -> Tenant:
    provision_pending()
    tenant = Tenant.objects.select_related("placement").get(pk=key)
    journey.tenants.made.append(tenant)
    return tenant


def _queue(journey: Journey) -> None:
    """Work that failed is tried again, and withdrawn."""
    with operators_scope():
        failed = Operation.objects.create(
            kind=OperationKind.MOVE,
            tenant_id=uuid.uuid4(),
            subject="somebody",
            status=OperationStatus.FAILED,
            requested_by="tour",
        )
    try:
        for step in ("retry", "cancel"):
            journey.ask(journey.staff, f"POST {OPERATION}{step}/", pk=failed.pk)
    finally:
        with as_owner():
            Operation.objects.filter(pk=failed.pk).delete()


def move(journey: Journey, tenant: Tenant) -> None:
    """To the other tier and back; where placements lie on other nodes, refused in words."""
    before = read_again(tenant)
    if not _moved(journey, tenant, _other(before.tier)):
        journey.check("where it is", read_again(tenant).schema_name, before.schema_name)
        return
    if _moved(journey, tenant, before.tier):
        _manage(journey, "verify_audit", tenant=tenant.slug)


def _moved(journey: Journey, tenant: Tenant, tier: str) -> bool:
    """Ask for a move and have it done; False when it was not."""
    asked = journey.ask(
        journey.staff, f"POST {TENANT}move/", {"tier": tier}, status=202, pk=tenant.pk
    )
    run_queued()
    shown = journey.ask(journey.staff, f"GET {OPERATION}", pk=asked["id"])
    if _REFUSAL in shown["failure"]:
        journey.say(f"  {tenant.slug} is not moved: {shown['failure']}")
        return False
    client = journey.people(tenant).client("admin")
    journey.ask(client, "POST /api/v1/projects/", {"name": f"In {tier}"}, status=201)
    done = (shown["status"], read_again(tenant).tier)
    return journey.check(f"the move: {shown['failure']}", done, ("done", tier))


def _other(tier: str) -> str:
    return Tier.ENTERPRISE if tier == Tier.STANDARD else Tier.STANDARD


def archive(journey: Journey, tenant: Tenant) -> None:
    """Exported, and imported beside the original into the other tier, with new ids."""
    path = journey.folder / f"{tenant.slug}.zip"
    slug, tier = f"tmp-{secrets.token_hex(4)}", _other(read_again(tenant).tier)
    _manage(journey, "export_tenant", tenant=tenant.slug, output=path)
    _manage(journey, "import_tenant", str(path), slug=slug, tier=tier, new_ids=True)
    copy = Tenant.objects.select_related("placement").filter(slug=slug).first()
    if copy is None:
        return
    journey.tenants.made.append(copy)
    journey.check("the copy's tier", copy.tier, tier)
    journey.check("the copy's rows", _rows(copy), _rows(read_again(tenant)))
    with tenant_scope(copy):
        user = User.objects.get(username="the-admin")
        _, token = create_token(user, name="after the import", actor=ACTOR)
    client = ApiClient(copy, user=user, token=token)
    journey.ask(client, "POST /api/v1/projects/", {"name": "After the import"}, status=201)
    _manage(journey, "verify_audit", tenant=slug)


def _rows(tenant: Tenant) -> dict[str, int]:
    """How many rows a tenant has, without what stays behind or is new after an import."""
    with as_owner():
        rows = count_rows(tenant.schema_name, owned_tables(tenant.schema_name), tenant.pk)
    return {table: count for table, count in rows.items() if table not in _NOT_COPIED}


def deletion(journey: Journey, tenant: Tenant) -> None:
    """Closed, taken back, and then deleted for good: nothing is left of it."""
    ask, staff, schema = journey.ask, journey.staff, read_again(tenant).schema_name
    ask(staff, f"DELETE {TENANT}", status=202, pk=tenant.pk)
    journey.check("a closed tenant", _status(tenant), TenantStatus.PENDING_DELETION)
    ask(staff, f"POST {TENANT}restore/", pk=tenant.pk)
    journey.check("a restored tenant", _status(tenant), TenantStatus.ACTIVE)
    _manage(journey, "delete_tenant", tenant=tenant.slug, now=True, yes=True)
    with as_owner():
        left = count_rows(schema, owned_tables(schema), tenant.pk)
    journey.check("rows that are left", {t: c for t, c in left.items() if c}, {})


def _status(tenant: Tenant) -> str:
    return str(read_again(tenant).status)


def _manage(journey: Journey, command: str, *arguments: str, **options: Any) -> None:
    """Run a command of manage.py; that it fails is a fault."""
    out = StringIO()
    try:
        call_command(command, *arguments, stdout=out, **options)
    except CommandError as error:
        journey.faults.append(f"manage.py {command}: {error} {out.getvalue()[-300:]}")


# In this order; a chapter of a tenant for one of each tier.
OF_A_TENANT: dict[str, Callable[[Journey, Tenant], None]] = {
    "every operation of the API": every_operation,
    "pages of the admin": admin_pages,
    "quotas": quotas,
    "the audit log": audit,
    "an archive": archive,
    "a move": move,
    "deletion": deletion,
}
OF_THE_OPERATOR: dict[str, Callable[[Journey], None]] = {"operators": operators}
