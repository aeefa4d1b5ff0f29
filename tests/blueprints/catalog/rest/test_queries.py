"""How many queries each endpoint costs, for one object and for fifty: the same, and these.

One of them is the request's own: the tenant at the host, with the token and its user. What
the user holds was read by an earlier request of theirs and is kept (rbac.access.loading).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from blueprints.catalog.services.tags import tag_version
from blueprints.catalog.services.versions import create_version
from tenants.context import tenant_scope
from tests.blueprints.catalog.services.documents import document

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api

REQUEST = 1
READS = {
    "projects/": REQUEST + 1,
    "projects/{project}/": REQUEST + 1,
    "blueprints/": REQUEST + 1,
    "blueprints/?project={project}&search=w&ordering=name": REQUEST + 1,
    "blueprints/{blueprint}/": REQUEST + 1,
    "blueprints/{blueprint}/versions/": REQUEST + 2,
    "blueprints/{blueprint}/versions/latest/": REQUEST + 2,
    "blueprints/{blueprint}/versions/1/diff/?compare_to=1": REQUEST + 3,
    "blueprints/{blueprint}/versions/1/code?target=terraform": REQUEST + 2,
    "blueprints/{blueprint}/tags/": REQUEST + 2,
}
# Without the statements that begin and end transactions. What the audit log gets goes along with
# the next statement.
# Where something is added or deleted, its quotas take one.
WRITES = {
    "post project": REQUEST + 1 + 1,
    "patch project": REQUEST + 3,
    # Both its quotas are one, the tenant's default tags another; its version goes along, too.
    "post blueprint": REQUEST + 4 + 1,
    "patch blueprint": REQUEST + 3,
    "post version": REQUEST + 5 + 1,
    "put tag": REQUEST + 6,
    "move tag": REQUEST + 7,  # the tag is locked by itself, too
    "delete tag": REQUEST + 5 + 1,  # its blueprint is locked first, as by every tagger
    "delete blueprint": REQUEST + 9 + 1,
}


def fill(tenant: Tenant, *, actor: User, count: int) -> dict[str, Any]:
    """That many projects, blueprints, versions and tags; the ids of one of each."""
    with tenant_scope(tenant):
        projects = [create_project(name=f"Shop {each}", actor=actor) for each in range(count)]
        blueprints = [
            create_blueprint(projects[0], name=f"Web {each}", document=document(), actor=actor)
            for each in range(count)
        ]
        for each in range(1, count):
            content = document(cidr=f"10.{each}.0.0/16")
            create_version(blueprints[0], document=content, actor=actor)
        for version in blueprints[0].versions.all():
            tag_version(version, name=f"v{version.number}", actor=actor)
    return {"project": projects[0].pk, "blueprint": blueprints[0].pk}


def warm_up(client: ApiClient) -> None:
    """Have what the user holds read."""
    assert client.get("/api/v1/me/").status_code == 200


def queries(client: ApiClient, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(f"/api/v1/{url}")
    assert response.status_code == 200, response.content
    return [each["sql"] for each in captured.captured_queries]


def written(client: ApiClient, method: str, url: str, body: dict[str, Any] | str = "") -> int:
    """How many statements a change takes, besides those of its transactions."""
    condition = {}
    if method in {"patch", "delete"}:
        condition = {"If-Match": client.get(f"/api/v1/{url}").headers["ETag"]}
    with CaptureQueriesContext(connection) as captured:
        response = getattr(client, method)(f"/api/v1/{url}", body, headers=condition)
    # A tag is made by its first PUT, and moved by the next.
    done = {"post": {201}, "patch": {200}, "put": {200, 201}, "delete": {204}}[method]
    assert response.status_code in done, response.content
    return sum("SAVEPOINT" not in each["sql"] for each in captured.captured_queries)


@pytest.mark.parametrize("count", [1, 50])
def test_reading_costs_the_same_however_much_there_is(tenant: Tenant, api: Api, count: int) -> None:
    client = api(tenant, "engineer")
    assert client.user is not None
    ids = fill(tenant, actor=client.user, count=count)
    warm_up(client)
    spent = {url: len(queries(client, url.format(**ids))) for url in READS}
    assert spent == READS


@pytest.mark.parametrize("count", [1, 50])
def test_writing_costs_the_same_however_much_there_is(tenant: Tenant, api: Api, count: int) -> None:
    client = api(tenant, "admin")
    assert client.user is not None
    ids = fill(tenant, actor=client.user, count=count)
    named = {"project": str(ids["project"]), "name": "New", "document": document()}
    changed = {"document": document(cidr="172.16.0.0/16")}
    blueprint = f"blueprints/{ids['blueprint']}/"
    warm_up(client)
    spent = {
        "post project": written(client, "post", "projects/", {"name": "New"}),
        "patch project": written(client, "patch", f"projects/{ids['project']}/", {"name": "Other"}),
        "post blueprint": written(client, "post", "blueprints/", named),
        "patch blueprint": written(client, "patch", blueprint, {"name": "Other"}),
        "post version": written(client, "post", f"{blueprint}versions/", changed),
        "put tag": written(client, "put", f"{blueprint}tags/new/", {"version": 1}),
        "move tag": written(client, "put", f"{blueprint}tags/new/", {"version": count + 1}),
        "delete tag": written(client, "delete", f"{blueprint}tags/new/"),
        "delete blueprint": written(client, "delete", blueprint),
    }
    assert spent == WRITES


@pytest.mark.parametrize("kind", ["projects", "blueprints"])
def test_finding_by_name_uses_leakproof_comparisons_only(acme: Tenant, api: Api, kind: str) -> None:
    """Only these may use an index under row-level security."""
    client = api(acme, "engineer")
    assert client.user is not None
    fill(acme, actor=client.user, count=1)
    statement = queries(client, f"{kind}/?name=shop&ordering=name")[-1]
    conditions = re.findall(r'"name_key" ([<>=]+) ', statement)
    assert set(conditions) == {"="}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(proleakproof) FROM pg_operator JOIN pg_proc ON pg_proc.oid = oprcode "
            "WHERE oprname = ANY(%s) AND oprleft = 'text'::regtype AND oprright = oprleft",
            [conditions],
        )
        assert cursor.fetchone() == (True,)


@pytest.mark.parametrize("kind", ["projects", "blueprints"])
def test_searching_reads_the_names_of_the_tenant_and_of_nobody_else(
    acme: Tenant, api: Api, kind: str
) -> None:
    """``LIKE`` is not leakproof: it comes after the policy, which enters an index by tenant."""
    client = api(acme, "engineer")
    assert client.user is not None
    fill(acme, actor=client.user, count=1)
    statement = queries(client, f"{kind}/?search=S&ordering=name")[-1]
    assert re.findall(r'"name_key"(?:::text)? (LIKE) ', statement)
    with tenant_scope(acme), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert re.search(r"Index Cond: \(+tenant_id = ", plan), plan
    assert re.search(r"Filter: .*name_key.* ~~ ", plan), plan


def test_versions_are_listed_without_reading_their_documents(acme: Tenant, api: Api) -> None:
    client = api(acme, "engineer")
    assert client.user is not None
    ids = fill(acme, actor=client.user, count=1)
    listing = queries(client, f"blueprints/{ids['blueprint']}/versions/")[-1]
    assert '"document"' not in listing
    detail = queries(client, f"blueprints/{ids['blueprint']}/versions/1/")[-1]
    assert '"document"' in detail
