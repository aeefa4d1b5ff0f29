from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import InvalidDocument
from blueprints.catalog.errors import TagNotFound
from blueprints.catalog.models import Blueprint, BlueprintTag
from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from blueprints.catalog.services.tags import remove_tag, tag_version
from blueprints.catalog.services.versions import check_document, create_version
from iac_platform.common.errors import InvalidFields, RevisionConflict
from rbac.models import AuditEntry
from tests.blueprints.catalog.services.documents import dangling, document
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant


@pytest.fixture
def blueprint(in_scope: Tenant) -> Blueprint:  # noqa: ARG001  # opens the scope
    project = create_project(name="Shop", actor=ACTOR)
    return create_blueprint(project, name="Web", document=document(), actor=ACTOR)


def actions(prefix: str = "blueprint.") -> list[str]:
    entries = AuditEntry.objects.filter(action__startswith=prefix).order_by("created_at")
    return list(entries.values_list("action", flat=True))


def test_versions_are_numbered_in_order(blueprint: Blueprint) -> None:
    for second in range(1, 4):
        made = create_version(blueprint, document=document(cidr=f"10.{second}.0.0/16"), actor=ACTOR)
        assert made.created
    assert list(blueprint.versions.values_list("number", flat=True)) == [4, 3, 2, 1]
    assert Blueprint.objects.get().latest_number == 4
    assert Blueprint.objects.get().revision == 4


def test_saving_what_is_there_already_makes_no_version(blueprint: Blueprint) -> None:
    shuffled = dict(reversed(document().items()))
    made = create_version(blueprint, document=shuffled, actor=ACTOR)
    assert (made.created, made.version.number) == (False, 1)
    assert Blueprint.objects.get().revision == 1
    assert actions() == ["blueprint.create", "blueprint.add_version"]


def test_no_version_names_a_resource_as_the_prefix_names_another(blueprint: Blueprint) -> None:
    def naming(name: str) -> dict[str, Any]:
        properties = {"resource": "aws_sqs_queue", "arguments": {"name": name}}
        queue = {"id": "jobs", "type": "queue", "properties": {}}
        own = {"id": "own", "type": "raw", "properties": properties}
        return {**document(), "components": [queue, own]}

    taken, project = naming(f"{blueprint.resource_prefix}-jobs"), blueprint.project
    for check in (check_document, create_version):
        with pytest.raises(InvalidDocument) as refused:
            check(blueprint=blueprint, document=taken, actor=ACTOR)
        assert [each.code for each in refused.value.problems] == ["repeated-name"]
    with pytest.raises(InvalidDocument):  # its prefix is made up of its name
        create_blueprint(project, name="Desk", document=naming("desk-jobs"), actor=ACTOR)
    with pytest.raises(InvalidDocument):
        create_blueprint(
            project, name="B", document=naming("b1-jobs"), resource_prefix="b1", actor=ACTOR
        )
    assert Blueprint.objects.get().latest_number == 1
    assert create_version(blueprint, document=naming("desk-jobs"), actor=ACTOR).created
    create_blueprint(project, name="Desk", document=taken, actor=ACTOR)


def test_an_earlier_content_can_come_back(blueprint: Blueprint) -> None:
    create_version(blueprint, document=document(cidr="10.1.0.0/16"), actor=ACTOR)
    back = create_version(blueprint, document=document(), actor=ACTOR)
    assert (back.created, back.version.number) == (True, 3)


def test_an_outdated_revision_is_a_conflict(blueprint: Blueprint) -> None:
    first, second = document(cidr="10.1.0.0/16"), document(cidr="10.2.0.0/16")
    assert create_version(blueprint, document=first, revision=1, actor=ACTOR).created
    with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
        create_version(blueprint, document=second, revision=1, actor=ACTOR)
    with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
        create_version(blueprint, document=first, revision=1, actor=ACTOR)
    assert blueprint.versions.count() == 2
    assert create_version(blueprint, document=second, revision=2, actor=ACTOR).created


def test_an_invalid_document_makes_no_version(blueprint: Blueprint) -> None:
    with pytest.raises(InvalidDocument) as refused:
        create_version(blueprint, document=dangling(), actor=ACTOR)
    assert refused.value.problems[0].pointer.startswith("/components/1/properties/network")
    assert blueprint.versions.count() == 1


def test_a_document_comes_back_as_it_was_written(blueprint: Blueprint) -> None:
    written = dict(reversed(document(cidr="10.1.0.0/16").items()))
    version = create_version(blueprint, document=written, actor=ACTOR).version
    version.refresh_from_db()
    assert version.document == written
    assert list(version.document) == ["components", "region", "cloud"]


def test_a_tag_names_one_version_and_can_move(blueprint: Blueprint) -> None:
    second = create_version(blueprint, document=document(cidr="10.1.0.0/16"), actor=ACTOR).version
    first = blueprint.versions.get(number=1)
    tag, created = tag_version(first, name="production", actor=ACTOR)
    assert created
    moved, created = tag_version(second, name="production", actor=ACTOR, revision=tag.revision)
    assert (created, moved.pk, moved.revision) == (False, tag.pk, 2)
    assert BlueprintTag.objects.get().version == second
    with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
        tag_version(first, name="production", actor=ACTOR, revision=1)
    assert BlueprintTag.objects.get().version == second
    assert actions()[-2:] == ["blueprint.add_tag", "blueprint.move_tag"]
    assert AuditEntry.objects.get(action="blueprint.move_tag").changes == {"version": [1, 2]}


def test_tagging_again_changes_nothing(blueprint: Blueprint) -> None:
    first = blueprint.versions.get()
    tag_version(first, name="production", actor=ACTOR)
    tag, created = tag_version(first, name="production", actor=ACTOR)
    assert (created, tag.revision) == (False, 1)
    assert actions()[-1] == "blueprint.add_tag"


@pytest.mark.parametrize("name", ["", "1", "latest", "Production", "a b", "a/b", "x" * 64, "é"])
def test_a_tag_must_fit_into_an_address(blueprint: Blueprint, name: str) -> None:
    with pytest.raises(InvalidFields, match="name"):
        tag_version(blueprint.versions.get(), name=name, actor=ACTOR)
    assert not BlueprintTag.objects.exists()
    assert tag_version(blueprint.versions.get(), name="v1.0-rc_1", actor=ACTOR)[1]


def test_a_tag_is_removed_once(blueprint: Blueprint) -> None:
    tag, _ = tag_version(blueprint.versions.get(), name="production", actor=ACTOR)
    copy = BlueprintTag.objects.get()
    with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
        remove_tag(tag, actor=ACTOR, revision=7)
    remove_tag(tag, actor=ACTOR, revision=1)
    assert not BlueprintTag.objects.exists()
    with pytest.raises(TagNotFound, match="It does not exist, or you may not see it"):
        remove_tag(copy, actor=ACTOR)
    assert actions().count("blueprint.remove_tag") == 1
