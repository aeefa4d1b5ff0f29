"""Each service of the catalog asks for its own right, of the row as it is when it holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.models import Blueprint, BlueprintTag, Project
from blueprints.catalog.services.blueprints import (
    create_blueprint,
    delete_blueprint,
    update_blueprint,
)
from blueprints.catalog.services.projects import create_project, delete_project, update_project
from blueprints.catalog.services.tags import remove_tag, tag_version
from blueprints.catalog.services.versions import create_version
from iac_platform.common.errors import NotPermitted
from rbac.selectors import user_by_id
from rbac.services.users import create_user
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from iac_platform.common.audit import Actor

    Action = Callable[["Things", Actor], Any]


class Things:
    """One of each, as somebody has read them."""

    def __init__(self) -> None:
        self.project = create_project(name="Shop", actor=ACTOR)
        self.empty = create_project(name="Empty", actor=ACTOR)
        self.blueprint = create_blueprint(
            self.project, name="Network", document=document(), actor=ACTOR
        )
        self.version = self.blueprint.versions.get()
        self.tag, _ = tag_version(self.version, name="production", actor=ACTOR)


ACTIONS: dict[str, tuple[Action, str]] = {
    "project": (
        lambda it, actor: update_project(it.project, changes={"name": "X"}, actor=actor),
        "project-not-found",
    ),
    "deletion of a project": (
        lambda it, actor: delete_project(it.empty, actor=actor),
        "project-not-found",
    ),
    "creation": (
        lambda it, actor: create_blueprint(it.empty, name="New", document=document(), actor=actor),
        "project-not-found",
    ),
    "blueprint": (
        lambda it, actor: update_blueprint(it.blueprint, changes={"name": "X"}, actor=actor),
        "blueprint-not-found",
    ),
    "version": (
        lambda it, actor: create_version(
            it.blueprint, document=document(cidr="10.9.0.0/16"), actor=actor
        ),
        "blueprint-not-found",
    ),
    "tag": (
        lambda it, actor: tag_version(it.version, name="next", actor=actor),
        "blueprint-not-found",
    ),
    "removal of a tag": (
        lambda it, actor: remove_tag(it.tag, actor=actor),
        "blueprint-not-found",
    ),
    "deletion of a blueprint": (
        lambda it, actor: delete_blueprint(it.blueprint, actor=actor),
        "blueprint-not-found",
    ),
}


@pytest.mark.usefixtures("in_scope")
@pytest.mark.parametrize("name", ACTIONS)
def test_a_service_asks_for_the_right_itself(name: str) -> None:
    action, _ = ACTIONS[name]
    it = Things()
    viewer, admin = (
        user_by_id(create_user(username=role, roles=[role], actor=ACTOR).pk)
        for role in ("viewer", "admin")
    )
    assert viewer is not None
    assert admin is not None
    before = _all()
    with pytest.raises(NotPermitted, match="This needs the permission"):
        action(it, viewer)
    assert _all() == before
    action(it, admin)
    assert _all() != before


def _all() -> list[Any]:
    rows = (Project.objects, Blueprint.objects, BlueprintTag.objects)
    return [list(each.order_by("id").values_list()) for each in rows]


@pytest.mark.usefixtures("in_scope")
@pytest.mark.parametrize("name", ACTIONS)
def test_what_was_deleted_meanwhile_is_not_found(name: str) -> None:
    action, code = ACTIONS[name]
    it = Things()
    Blueprint.objects.get(pk=it.blueprint.pk).delete()
    for project in (it.project, it.empty):
        Project.objects.get(pk=project.pk).delete()
    with pytest.raises(Exception) as caught:  # noqa: PT011  # its code is looked at
        action(it, ACTOR)
    assert getattr(caught.value, "code", repr(caught.value)) == code


@pytest.mark.usefixtures("in_scope")
def test_a_tag_that_was_removed_meanwhile_is_not_found() -> None:
    it = Things()
    remove_tag(BlueprintTag.objects.get(pk=it.tag.pk), actor=ACTOR)
    with pytest.raises(Exception) as caught:  # noqa: PT011  # its code is looked at
        remove_tag(it.tag, actor=ACTOR)
    assert getattr(caught.value, "code", repr(caught.value)) == "tag-not-found"
