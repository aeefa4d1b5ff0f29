"""What the database itself refuses, whatever the application says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from blueprints.catalog.models import Blueprint, BlueprintVersion, Project
from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from tenants.context import tenant_scope
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR, Rivals

if TYPE_CHECKING:
    from uuid import UUID

    from tenants.models import Tenant


@pytest.fixture
def version(in_scope: Tenant) -> BlueprintVersion:  # noqa: ARG001  # opens the scope
    project = create_project(name="Shop", actor=ACTOR)
    return create_blueprint(project, name="Web", document=document(), actor=ACTOR).versions.get()


@pytest.mark.parametrize(
    "change", [{"number": 2}, {"document": {}}, {"content_hash": "0" * 64}, {"message": "new"}]
)
def test_a_version_cannot_be_changed(version: BlueprintVersion, change: dict[str, object]) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        BlueprintVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        version.save()
    assert BlueprintVersion.objects.get().document == document()
    assert Blueprint.objects.update(description="changed") == 1


def test_no_two_versions_have_one_number(version: BlueprintVersion) -> None:
    twin = BlueprintVersion(
        blueprint=version.blueprint, number=1, document={}, content_hash="0" * 64
    )
    with pytest.raises(IntegrityError, match="duplicate key"), transaction.atomic():
        twin.save(force_insert=True)
    twin.number = 2
    twin.save(force_insert=True)


def test_a_row_cannot_be_attached_to_another_tenants(rivals: Rivals) -> None:
    with tenant_scope(rivals.victim):
        project = create_project(name="Shop", actor=ACTOR)
    with tenant_scope(rivals.attacker):
        own = create_project(name="Shop", actor=ACTOR)
        attach(own.pk)
        with pytest.raises(IntegrityError, match="foreign key"):
            attach(project.pk)
        assert not Project.objects.filter(pk=project.pk).exists()


@transaction.atomic
def attach(project_id: UUID) -> None:
    """Add a blueprint, and check at once what is checked when a transaction ends."""
    Blueprint.objects.create(project_id=project_id, name="Web")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
