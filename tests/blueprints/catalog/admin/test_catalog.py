from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from blueprints.catalog import examples
from blueprints.catalog.models import Blueprint, BlueprintVersion, Project
from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from blueprints.catalog.services.versions import create_version
from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, cells, errors_of, without_titles

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person


@pytest.fixture
def admin(tenant: Tenant, person: Person) -> AdminClient:
    return AdminClient(tenant, person(tenant, "admin"))


@pytest.fixture
def blueprint(admin: AdminClient) -> Blueprint:
    with tenant_scope(admin.tenant):
        actor = admin.user
        assert actor is not None
        project = create_project(name="Web shop", actor=actor)
        document = examples.load("three-tier-web")
        return create_blueprint(project, name="Shop", document=document, actor=actor)


def actions(admin: AdminClient) -> list[str]:
    with tenant_scope(admin.tenant):
        return list(AuditEntry.objects.order_by("created_at").values_list("action", flat=True))


def test_a_project_is_started_renamed_and_deleted_when_empty(admin: AdminClient) -> None:
    assert admin.submit("catalog_project_add", name="Alpha").status_code == 302
    with tenant_scope(admin.tenant):
        project = Project.objects.get(name="Alpha")
    renamed = admin.submit("catalog_project_change", project.pk, name="Beta", seen_revision=1)
    assert renamed.status_code == 302
    assert "cannot be undone" in admin.page("catalog_project_delete", project.pk)
    assert admin.submit("catalog_project_delete", project.pk, post="yes").status_code == 302
    with tenant_scope(admin.tenant):
        assert not Project.objects.filter(pk=project.pk).exists()
    assert actions(admin)[-3:] == ["project.create", "project.update", "project.delete"]


def test_a_taken_name_is_refused_at_its_field(admin: AdminClient, blueprint: Blueprint) -> None:
    taken = admin.submit("catalog_project_add", name=blueprint.project.name.upper())
    assert "taken" in errors_of(taken)
    assert "name" in taken.context["adminform"].form.errors


def test_a_project_with_blueprints_stays(admin: AdminClient, blueprint: Blueprint) -> None:
    pk = blueprint.project_id
    address = f"/admin/catalog/project/{pk}/delete/"
    response = admin.post(address, {"post": "yes"}, follow=True)
    assert "Delete its blueprints first" in response.content.decode()
    with tenant_scope(admin.tenant):
        assert Project.objects.filter(pk=pk).exists()


def test_an_outdated_form_changes_nothing(admin: AdminClient, blueprint: Blueprint) -> None:
    stale = {"name": "Mine", "seen_revision": blueprint.revision + 7}
    refused = admin.submit("catalog_blueprint_change", blueprint.pk, **stale)
    assert "since you opened it" in errors_of(refused)
    fresh = {"name": "Mine", "seen_revision": blueprint.revision}
    assert admin.submit("catalog_blueprint_change", blueprint.pk, **fresh).status_code == 302


def test_a_version_is_tables_with_its_json_behind_a_click(
    admin: AdminClient, blueprint: Blueprint
) -> None:
    with tenant_scope(admin.tenant):
        version = BlueprintVersion.objects.get(blueprint=blueprint)
    overview = admin.page("catalog_blueprint_change", blueprint.pk)
    assert f"/admin/catalog/blueprintversion/{version.pk}/change/" in overview
    page = admin.page("catalog_blueprintversion_change", version.pk)
    shown, _, hidden = page.partition('<details class="pa-document">')
    assert cells("public-a", "subnet") in without_titles(shown)
    assert "variable db_password" in shown
    assert "{&quot;" not in shown
    assert "&quot;components&quot;" in hidden
    changed = admin.submit("catalog_blueprintversion_change", version.pk, message="x")
    assert changed.status_code == 403


def test_a_version_shows_what_components_say_beside_properties(
    admin: AdminClient, blueprint: Blueprint
) -> None:
    jobs = {
        "id": "jobs",
        "type": "queue",
        "for_each": ["mail", "b"],
        "overrides": {"aws": {"aws_sqs_queue": {"fifo_throughput_limit": "perQueue"}}},
    }
    document = {"cloud": "aws", "region": "us-east-1", "components": [jobs]}
    with tenant_scope(admin.tenant):
        assert admin.user is not None
        version = create_version(blueprint, document=document, actor=admin.user).version
    page = without_titles(admin.page("catalog_blueprintversion_change", version.pk))
    assert "for each</span> mail, b" in page
    assert "overrides</span> aws: aws_sqs_queue: fifo_throughput_limit: perQueue" in page


def test_a_version_shows_the_warnings_about_it(admin: AdminClient, blueprint: Blueprint) -> None:
    with tenant_scope(admin.tenant):
        version = BlueprintVersion.objects.get(blueprint=blueprint)
        owner = {"owner": {"type": "string", "description": "<b>"}}
        document = {**version.document, "variables": version.document["variables"] | owner}
        assert admin.user is not None
        create_version(blueprint, document=document, actor=admin.user)
        warned = BlueprintVersion.objects.get(blueprint=blueprint, number=2)
    silent = without_titles(admin.page("catalog_blueprintversion_change", version.pk))
    assert "Nothing uses" not in silent
    page = without_titles(admin.page("catalog_blueprintversion_change", warned.pk))
    assert "Nothing uses variable &quot;owner&quot;" in page
    assert "/variables/owner" in page


def test_a_blueprint_is_deleted_with_its_versions(admin: AdminClient, blueprint: Blueprint) -> None:
    pk = blueprint.pk
    assert admin.submit("catalog_blueprint_delete", pk, post="yes").status_code == 302
    with tenant_scope(admin.tenant):
        assert not BlueprintVersion.objects.filter(blueprint_id=pk).exists()
    assert actions(admin)[-1] == "blueprint.delete"
