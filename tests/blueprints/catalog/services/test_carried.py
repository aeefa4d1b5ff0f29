"""What a document needs of other blueprints is of versions that its author may see, and is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from blueprints.catalog.documents import InvalidDocument, NamedVersion, needed_of
from blueprints.catalog.models import Blueprint, BlueprintVersion, Project
from blueprints.catalog.services import carried
from blueprints.catalog.services.blueprints import create_blueprint, delete_blueprint
from blueprints.catalog.services.projects import create_project
from blueprints.catalog.services.versions import check_document, create_version
from blueprints.generation.selectors import code_of
from iac_platform.common.errors import NotPermitted
from rbac.access.holdings import Limits
from rbac.selectors import user_by_id
from rbac.services.grants import grant_role, revoke_grant
from rbac.services.roles import find_role
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tests.conftest import Rivals

AT = ("/components/0/properties/blueprint", "unknown-blueprint")
#: By the type of a component, in which member its document is carried what it names.
MEMBERS = {"module": "modules", "remote_state": "remote_states"}
PATHS = {"module": "modules/net/network.tf", "remote_state": "remote_states.tf"}


@pytest.fixture(params=MEMBERS)
def kind(request: pytest.FixtureRequest) -> str:
    """What a document does with another blueprint: has it within, or reads its outputs."""
    return str(request.param)


def there(cidr: str = "10.0.0.0/16") -> dict[str, Any]:
    """A document that others may use."""
    outputs = {"network": {"ref": "main.id"}}
    return {**document(cidr=cidr), "backend": {"gcs": {"bucket": "states"}}, "outputs": outputs}


def needed(kind: str, used: dict[str, Any]) -> Any:
    return needed_of(NamedVersion(kind, "", 1), used)


def only(project: Project) -> Limits:
    return Limits(frozenset({project.pk}))


def using(kind: str, blueprint_id: Any, version: int = 1, **members: Any) -> dict[str, Any]:
    properties = {"blueprint": str(blueprint_id), "version": version}
    used = {"id": "net", "type": kind, "properties": properties}
    return {"cloud": "aws", "region": "us-east-1", "components": [used], **members}


def network(name: str = "Network") -> Blueprint:
    project = create_project(name=name, actor=ACTOR)
    return create_blueprint(project, name=name, document=there(), actor=ACTOR)


def host(used: dict[str, Any], *, actor: Any = ACTOR, name: str = "Host") -> Blueprint:
    project = create_project(name=name, actor=ACTOR)
    return create_blueprint(project, name=name, document=used, actor=actor)


def refusal(used: dict[str, Any], **options: Any) -> tuple[str, str]:
    before = BlueprintVersion.objects.count()
    with pytest.raises(InvalidDocument) as refused:
        host(used, **options)
    assert BlueprintVersion.objects.count() == before
    (problem,) = refused.value.problems
    return problem.pointer, problem.code


def code(version: BlueprintVersion) -> tuple[Any, ...]:
    return code_of(BlueprintVersion.objects.get(pk=version.pk), target="terraform")


@pytest.mark.usefixtures("in_scope")
def test_a_version_keeps_the_documents_of_its_modules(kind: str) -> None:
    inner = network()
    version = host(using(kind, inner.pk)).versions.get()
    assert version.document[MEMBERS[kind]] == {f"{inner.pk}@1": needed(kind, there())}
    assert any(file.path == PATHS[kind] for file in code(version))


@pytest.mark.usefixtures("in_scope")
def test_what_comes_later_changes_no_version(kind: str) -> None:
    inner = network()
    version = host(using(kind, inner.pk)).versions.get()
    before = code(version)
    create_version(inner, document=there(cidr="10.9.0.0/16"), actor=ACTOR)
    assert code(version) == before
    delete_blueprint(Blueprint.objects.get(pk=inner.pk), actor=ACTOR)
    assert code(version) == before


@pytest.mark.usefixtures("in_scope")
def test_a_blueprint_outlives_those_of_its_modules(kind: str) -> None:
    inner = network()
    outer = host(using(kind, inner.pk))
    delete_blueprint(inner, actor=ACTOR)
    labelled = using(kind, inner.pk, tags={"Team": "core"})
    made = create_version(Blueprint.objects.get(pk=outer.pk), document=labelled, actor=ACTOR)
    assert made.version.document[MEMBERS[kind]] == {f"{inner.pk}@1": needed(kind, there())}
    assert refusal(using(kind, inner.pk), name="Another") == AT


@pytest.mark.usefixtures("in_scope")
@pytest.mark.parametrize("version", [2, 999_999_999])
def test_a_version_that_is_not_there_is_not_found(kind: str, version: int) -> None:
    inner = network()
    assert refusal(using(kind, inner.pk, version)) == AT
    assert host(using(kind, inner.pk), name="Valid").latest_number == 1


@pytest.mark.usefixtures("in_scope")
def test_what_an_author_writes_into_modules_is_not_believed(kind: str) -> None:
    inner = network()
    forged = {f"{inner.pk}@1": {**needed(kind, there()), "outputs": {}}}
    version = host(using(kind, inner.pk) | {MEMBERS[kind]: forged}).versions.get()
    assert version.document[MEMBERS[kind]] == {f"{inner.pk}@1": needed(kind, there())}
    nobody = uuid4()
    forged = {f"{nobody}@1": needed(kind, there())}
    assert refusal(using(kind, nobody) | {MEMBERS[kind]: forged}, name="Another") == AT


def test_another_tenants_blueprint_is_not_found(kind: str, rivals: Rivals) -> None:
    mine, theirs = rivals
    with tenant_scope(theirs):
        foreign = network()
        assert host(using(kind, foreign.pk)).latest_number == 1
    with tenant_scope(mine):
        assert refusal(using(kind, foreign.pk)) == AT
        forged = {MEMBERS[kind]: {f"{foreign.pk}@1": needed(kind, there())}}
        assert refusal(using(kind, foreign.pk) | forged, name="B") == AT


@pytest.mark.usefixtures("in_scope")
def test_whoever_may_not_see_a_blueprint_does_not_find_it(kind: str) -> None:
    inner, own = network(), create_project(name="Own", actor=ACTOR)
    person = create_user(username="author", actor=ACTOR)
    grant_role(person, find_role("system-engineer"), limits=only(own), actor=ACTOR)
    author = user_by_id(person.pk)
    assert author is not None
    with pytest.raises(InvalidDocument) as refused:
        create_blueprint(own, name="Host", document=using(kind, inner.pk), actor=author)
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == AT
    grant = grant_role(person, find_role("viewer"), limits=only(inner.project), actor=ACTOR)
    author = user_by_id(person.pk)
    assert author is not None
    outer = create_blueprint(own, name="Host", document=using(kind, inner.pk), actor=author)
    assert outer.versions.get().document[MEMBERS[kind]] == {f"{inner.pk}@1": needed(kind, there())}
    # What it has it may keep; more it does not get.
    create_version(inner, document=there(cidr="10.9.0.0/16"), actor=ACTOR)
    revoke_grant(grant, actor=ACTOR)
    author = user_by_id(person.pk)
    assert author is not None
    kept = create_version(outer, document=using(kind, inner.pk, tags={"a": "b"}), actor=author)
    assert kept.created
    with pytest.raises(InvalidDocument):
        create_version(outer, document=using(kind, inner.pk, 2), actor=author)


@pytest.mark.usefixtures("in_scope")
def test_several_uses_of_one_version_are_kept_once(kind: str) -> None:
    inner = network()
    twice = using(kind, inner.pk)
    twice["components"] = [twice["components"][0], {**twice["components"][0], "id": "more"}]
    version = host(twice).versions.get()
    assert list(version.document[MEMBERS[kind]]) == [f"{inner.pk}@1"]


@pytest.mark.usefixtures("in_scope")
def test_of_a_version_that_is_read_nothing_is_kept_but_its_outputs() -> None:
    inner = network()
    kept = host(using("remote_state", inner.pk)).versions.get().document
    assert kept["remote_states"] == {
        f"{inner.pk}@1": {
            "backend": {"gcs": {"bucket": "states"}},
            "outputs": {
                "network": {"type": "string", "description": "The cloud's id of the network."}
            },
        }
    }
    assert "modules" not in kept


@pytest.mark.usefixtures("in_scope")
def test_versions_that_are_named_are_of_one_documents_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names many large ones would have all of them checked."""
    inner = network()
    size = inner.versions.get().size
    both = using("module", inner.pk)
    both["components"].append({**both["components"][0], "id": "read", "type": "remote_state"})
    create_version(inner, document=there(cidr="10.9.0.0/16"), actor=ACTOR)
    later = using("remote_state", inner.pk, 2)["components"][0] | {"id": "later"}
    monkeypatch.setattr(carried, "MAX_BYTES", size)
    over = {**both, "components": [*both["components"], later]}
    assert refusal(over) == ("/components", "too-large")
    assert host(both, name="One").latest_number == 1


@pytest.mark.usefixtures("in_scope")
def test_a_document_is_compared_with_a_blueprint_by_those_who_see_it() -> None:
    blueprint = network()
    stranger, viewer = (
        user_by_id(create_user(username=name, roles=roles, actor=ACTOR).pk)
        for name, roles in (("stranger", []), ("viewer", ["viewer"]))
    )
    assert stranger is not None
    assert viewer is not None
    with pytest.raises(NotPermitted, match=r"blueprint\.view"):
        check_document(document(), actor=stranger, blueprint=blueprint)
    assert check_document(document(), actor=viewer, blueprint=blueprint).review.problems == ()
