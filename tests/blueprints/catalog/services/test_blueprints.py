from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection

from blueprints.catalog import prefixes
from blueprints.catalog.documents import InvalidDocument, content_hash
from blueprints.catalog.errors import BlueprintNotFound, PrefixTaken
from blueprints.catalog.models import Blueprint, BlueprintTag, BlueprintVersion, Project
from blueprints.catalog.services.blueprints import (
    create_blueprint,
    delete_blueprint,
    update_blueprint,
)
from blueprints.catalog.services.projects import create_project
from blueprints.catalog.services.tags import tag_version
from blueprints.catalog.services.versions import create_version
from iac_platform.common.errors import InvalidFields, NameTaken, RevisionConflict
from rbac.models import AuditEntry
from tests.blueprints.catalog.services.documents import dangling, document
from tests.conftest import ACTOR, Person

if TYPE_CHECKING:
    from tenants.models import Tenant


@pytest.fixture
def project(in_scope: Tenant) -> Project:  # noqa: ARG001  # opens the scope
    return create_project(name="Shop", actor=ACTOR)


@pytest.fixture
def blueprint(project: Project) -> Blueprint:
    return create_blueprint(project, name="Web", document=document(), actor=ACTOR)


def log() -> list[str]:
    return list(AuditEntry.objects.order_by("created_at").values_list("action", flat=True))


def test_a_blueprint_starts_with_version_one(
    in_scope: Tenant, project: Project, person: Person
) -> None:
    engineer = person(in_scope, "engineer")
    made = create_blueprint(
        project, name="Web", document=document(), message="First cut", actor=engineer
    )
    version = made.versions.get()
    assert (made.latest_number, version.number, version.message) == (1, 1, "First cut")
    assert version.content_hash == content_hash(document())
    assert version.created_by == made.created_by == engineer
    assert log()[-2:] == ["blueprint.create", "blueprint.add_version"]


def test_a_prefix_is_made_from_the_name_and_outlives_it(blueprint: Blueprint) -> None:
    assert blueprint.resource_prefix == blueprint.prefix == "web"
    renamed = update_blueprint(blueprint, actor=ACTOR, changes={"name": "Site"})
    renamed.refresh_from_db()
    assert (renamed.name, renamed.prefix) == ("Site", "web")


def test_blueprints_of_one_name_have_prefixes_of_their_own(
    project: Project, blueprint: Blueprint
) -> None:
    other = create_project(name="Other", actor=ACTOR)
    second = create_blueprint(other, name="Web", document=document(), actor=ACTOR)
    third = create_blueprint(project, name="web!", document=document(), actor=ACTOR)
    assert len({blueprint.prefix, second.prefix, third.prefix}) == 3
    assert second.prefix.startswith("web-")
    entries = AuditEntry.objects.filter(action="blueprint.create")
    noted = [entry.changes["resource_prefix"] for entry in entries]
    assert sorted(noted) == sorted([blueprint.prefix, second.prefix, third.prefix])


def test_a_given_prefix_is_taken_or_refused(project: Project, blueprint: Blueprint) -> None:
    def named(name: str, prefix: str) -> Blueprint:
        return create_blueprint(
            project, name=name, document=document(), actor=ACTOR, resource_prefix=prefix
        )

    assert named("First", "front").prefix == "front"
    with pytest.raises(PrefixTaken) as refusal:
        named("Second", blueprint.prefix)
    assert refusal.value.extra["errors"][0]["pointer"] == "/resource_prefix"
    with pytest.raises(InvalidFields, match="reserved by aws"):
        named("Third", "sg")
    with pytest.raises(NameTaken):
        named("First", "third")
    assert sorted(Blueprint.objects.values_list("name", flat=True)) == ["First", "Web"]


def test_a_blueprint_without_a_prefix_is_named_by_its_id(blueprint: Blueprint) -> None:
    Blueprint.objects.filter(pk=blueprint.pk).update(resource_prefix=None)
    blueprint.refresh_from_db()
    assert blueprint.prefix == prefixes.of_identity(blueprint.pk)
    update_blueprint(blueprint, actor=ACTOR, changes={"name": "Site"})
    assert Blueprint.objects.get().prefix == prefixes.of_identity(blueprint.pk)


def test_an_invalid_document_leaves_nothing_behind(project: Project) -> None:
    with pytest.raises(InvalidDocument, match="There is no component"):
        create_blueprint(project, name="Web", document=dangling(), actor=ACTOR)
    assert not Blueprint.objects.exists()
    assert log() == ["project.create"]


def test_a_bad_message_leaves_nothing_behind(project: Project) -> None:
    with pytest.raises(InvalidFields, match="message"):
        create_blueprint(project, name="Web", document=document(), message="x" * 501, actor=ACTOR)
    assert not Blueprint.objects.exists()
    assert log() == ["project.create"]


def test_names_are_unique_within_a_project_only(project: Project, blueprint: Blueprint) -> None:
    other = create_project(name="Other", actor=ACTOR)
    create_blueprint(other, name="Web", document=document(), actor=ACTOR)
    with pytest.raises(NameTaken, match="another blueprint is called 'WEB' already"):
        create_blueprint(project, name="WEB", document=document(), actor=ACTOR)
    assert Project.objects.get(pk=project.pk).blueprints.get() == blueprint


def test_a_change_of_name_is_versioned_and_logged(blueprint: Blueprint) -> None:
    changed = update_blueprint(blueprint, changes={"name": "Site"}, actor=ACTOR, revision=1)
    assert (changed.name, changed.revision, changed.latest_number) == ("Site", 2, 1)
    assert log()[-1] == "blueprint.update"
    with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
        update_blueprint(blueprint, changes={"name": "Page"}, actor=ACTOR, revision=1)
    assert Blueprint.objects.get().name == "Site"


def test_deleting_takes_versions_and_tags_along(blueprint: Blueprint) -> None:
    create_version(blueprint, document=document(cidr="10.1.0.0/16"), actor=ACTOR)
    tag_version(blueprint.versions.get(number=1), name="production", actor=ACTOR)
    hashes = {str(v.number): v.content_hash for v in blueprint.versions.all()}
    delete_blueprint(blueprint, actor=ACTOR, revision=2)
    for model in (Blueprint, BlueprintVersion, BlueprintTag):
        assert not model.objects.exists()
    entry = AuditEntry.objects.get(action="blueprint.delete")
    assert entry.changes == {"name": "Web", "versions": hashes}
    with connection.cursor() as cursor:  # The deferred foreign keys agree.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_blueprint_deleted_meanwhile_is_not_found(blueprint: Blueprint) -> None:
    copy = Blueprint.objects.get(pk=blueprint.pk)
    delete_blueprint(blueprint, actor=ACTOR)
    with pytest.raises(BlueprintNotFound, match="It does not exist, or you may not see it"):
        update_blueprint(copy, changes={"name": "Site"}, actor=ACTOR)
    with pytest.raises(BlueprintNotFound, match="It does not exist, or you may not see it"):
        create_version(copy, document=document(cidr="10.1.0.0/16"), actor=ACTOR)
    with pytest.raises(BlueprintNotFound, match="It does not exist, or you may not see it"):
        delete_blueprint(copy, actor=ACTOR)
