"""What is said of a version is found once, and again where the rules may have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog import documents
from blueprints.catalog.models import BlueprintVersion
from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The documents that were reviewed since."""
    reviewed: list[object] = []

    def review(of: object, *default_tags: Any) -> documents.Review:
        reviewed.append(of)
        return find(of, *default_tags)

    find = documents.review
    monkeypatch.setattr(documents, "review", review)
    return reviewed


@pytest.mark.usefixtures("in_scope")
def test_it_is_found_once_in_a_release(settings: Settings, found: list[object]) -> None:
    project = create_project(name="Shop", actor=ACTOR)
    unused = {"variables": {"spare": {"type": "string", "default": "x"}}}
    create_blueprint(project, name="Web", document={**document(), **unused}, actor=ACTOR)
    expected = documents.validate({**document(), **unused}).review
    assert expected.problems
    for _ in range(3):
        assert BlueprintVersion.objects.get().review == expected
    assert len(found) == 1
    settings.RELEASE = "another"
    assert BlueprintVersion.objects.get().review == expected
    assert len(found) == 2


@pytest.mark.usefixtures("in_scope")
def test_another_version_has_its_own(found: list[object]) -> None:
    project = create_project(name="Shop", actor=ACTOR)
    for name in ("Web", "Data"):
        create_blueprint(project, name=name, document=document(), actor=ACTOR)
    for version in BlueprintVersion.objects.all():
        assert version.review == documents.Review()
    assert len(found) == 2
