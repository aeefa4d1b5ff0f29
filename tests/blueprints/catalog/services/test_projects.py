from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from blueprints.catalog.errors import ProjectNotEmpty, ProjectNotFound
from blueprints.catalog.models import Project
from blueprints.catalog.services.blueprints import create_blueprint, delete_blueprint
from blueprints.catalog.services.projects import create_project, delete_project, update_project
from iac_platform.common.errors import InvalidFields, NameTaken, RevisionConflict
from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR, Person

if TYPE_CHECKING:
    from tenants.models import Tenant


@pytest.fixture
def project(in_scope: Tenant) -> Project:  # noqa: ARG001  # opens the scope
    return create_project(name="Shop", actor=ACTOR)


def log() -> list[str]:
    return list(AuditEntry.objects.order_by("created_at").values_list("action", flat=True))


def test_a_project_belongs_to_its_tenant_and_its_creator(in_scope: Tenant, person: Person) -> None:
    engineer = person(in_scope, "engineer")
    project = create_project(name="Shop", description="Sells things", actor=engineer)
    stored = Project.objects.get(pk=project.pk)
    assert (stored.tenant_id, stored.created_by) == (in_scope.id, engineer)
    assert (stored.description, stored.revision) == ("Sells things", 1)


def test_the_platform_itself_is_nobodys_creator(project: Project) -> None:
    assert project.created_by is None


@pytest.mark.parametrize("name", ["Shop", "SHOP", "shop"])
def test_a_name_is_taken_whatever_its_case(project: Project, name: str) -> None:  # noqa: ARG001  # is there
    with pytest.raises(NameTaken, match="The name is taken"):
        create_project(name=name, actor=ACTOR)
    assert Project.objects.count() == 1
    assert log().count("project.create") == 1
    create_project(name="Shop 2", actor=ACTOR)


def test_composed_and_decomposed_letters_are_one_name(in_scope: Tenant) -> None:  # noqa: ARG001  # opens the scope
    create_project(name="Caf\u00e9", actor=ACTOR)
    with pytest.raises(NameTaken, match="The name is taken"):
        create_project(name="Cafe\u0301", actor=ACTOR)


def test_two_tenants_may_use_one_name(acme: Tenant, globex: Tenant, umbrella: Tenant) -> None:
    for tenant in (acme, globex, umbrella):
        with tenant_scope(tenant):
            create_project(name="Shop", actor=ACTOR)
            assert Project.objects.count() == 1


@pytest.mark.parametrize(
    "name",
    ["", " Shop", "Shop ", "Sh\nop", "Sh\x00op", "Sh\u202eop", "\ud800", "x" * 101],
    ids=["empty", "before", "after", "line", "null", "bidi", "surrogate", "long"],
)
def test_an_odd_name_is_refused_with_its_place(in_scope: Tenant, name: str) -> None:  # noqa: ARG001  # opens the scope
    with pytest.raises(InvalidFields) as refused:
        create_project(name=name, actor=ACTOR)
    assert {error["pointer"] for error in refused.value.extra["errors"]} == {"/name"}
    assert not Project.objects.exists()
    create_project(name="x" * 100, actor=ACTOR)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 2001])
def test_an_odd_description_is_refused(in_scope: Tenant, text: str) -> None:  # noqa: ARG001  # opens the scope
    with pytest.raises(InvalidFields, match="description"):
        create_project(name="Shop", description=text, actor=ACTOR)
    create_project(name="Shop", description="x" * 2000, actor=ACTOR)


def test_a_change_is_told_to_the_log_and_moves_the_revision(project: Project) -> None:
    changed = update_project(project, changes={"name": "Store"}, actor=ACTOR, revision=1)
    assert (changed.name, changed.revision) == ("Store", 2)
    entry = AuditEntry.objects.get(action="project.update")
    assert entry.changes == {"name": ["Shop", "Store"]}
    assert Project.objects.named("STORE").get() == project


def test_changing_nothing_leaves_no_trace(project: Project) -> None:
    same = update_project(project, changes={"name": "Shop"}, actor=ACTOR, revision=1)
    assert same.revision == 1
    assert log() == ["project.create"]


def test_an_outdated_revision_changes_and_deletes_nothing(project: Project) -> None:
    update_project(project, changes={"name": "Store"}, actor=ACTOR, revision=1)
    with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
        update_project(project, changes={"name": "Mall"}, actor=ACTOR, revision=1)
    with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
        delete_project(project, actor=ACTOR, revision=1)
    assert Project.objects.get().name == "Store"
    assert log() == ["project.create", "project.update"]
    delete_project(project, actor=ACTOR, revision=2)
    assert not Project.objects.exists()


def test_renaming_to_a_taken_name_is_refused(project: Project) -> None:
    create_project(name="Store", actor=ACTOR)
    with pytest.raises(NameTaken, match="The name is taken"):
        update_project(project, changes={"name": "store"}, actor=ACTOR)
    assert update_project(project, changes={"name": "SHOP"}, actor=ACTOR).name == "SHOP"


def test_only_an_empty_project_can_be_deleted(project: Project) -> None:
    blueprint = create_blueprint(project, name="Web", document=document(), actor=ACTOR)
    with pytest.raises(ProjectNotEmpty, match="Delete its blueprints first"):
        delete_project(project, actor=ACTOR)
    assert Project.objects.exists()
    delete_blueprint(blueprint, actor=ACTOR)
    delete_project(project, actor=ACTOR)
    assert not Project.objects.exists()
    assert log()[-1] == "project.delete"


def test_a_project_deleted_meanwhile_is_not_found(project: Project) -> None:
    copy = Project.objects.get(pk=project.pk)
    delete_project(project, actor=ACTOR)
    with pytest.raises(ProjectNotFound, match="It does not exist, or you may not see it"):
        update_project(copy, changes={"name": "Store"}, actor=ACTOR)
    with pytest.raises(ProjectNotFound, match="It does not exist, or you may not see it"):
        create_blueprint(copy, name="Web", document=document(), actor=ACTOR)


def test_names_are_searched_by_what_is_in_them(in_scope: Tenant) -> None:  # noqa: ARG001  # opens the scope
    for name in ("Shop", "shopping", "Short", "A shop", "sho%p", "Sho_p"):
        create_project(name=name, actor=ACTOR)
    found = Project.objects.name_contains("SHOP").values_list("name", flat=True)
    assert set(found) == {"Shop", "shopping", "A shop"}
    assert Project.objects.name_contains("ho%").get().name == "sho%p"
    assert Project.objects.name_contains("shop  A").get().name == "A shop"


def test_a_project_whose_name_would_be_refused_today_can_be_described(in_scope: Tenant) -> None:
    del in_scope
    mixed = "Sh\N{CYRILLIC SMALL LETTER O}p"
    project = create_project(name="Shop", actor=ACTOR)
    Project.objects.filter(pk=project.pk).update(name=mixed)
    project.refresh_from_db()
    described = update_project(project, changes={"description": "Of the shop"}, actor=ACTOR)
    assert (described.name, described.description) == (mixed, "Of the shop")
    with pytest.raises(InvalidFields, match="name"):
        update_project(described, changes={"name": f"{mixed}s"}, actor=ACTOR)
