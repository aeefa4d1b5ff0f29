"""The region as a variable, what the cloud knows of the place, and labels of everything."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import CloudValue, Join, Var, diff, validate

from .builders import Json, document, only_problem, part, places, problems, var

REGION: Json = {"type": "string", "default": "eu-west-1"}


def regional(definition: Json = REGION, **members: Any) -> Json:
    return document(**{"region": var("place"), "variables": {"place": definition}, **members})


def test_a_variable_may_decide_the_region() -> None:
    built = validate(regional())
    assert (built.region, built.region_variables) == ("eu-west-1", frozenset({"place"}))
    assert built.warnings == ()
    assert validate(document()).region_variables == frozenset()


@pytest.mark.parametrize(
    ("candidate", "place", "code"),
    [
        (document(region=var("none")), "/region/var", "unknown-variable"),
        (document(region={"ref": "a.b"}), "/region/ref", "unknown-property"),
        (document(region={}), "/region", "missing-property"),
        (regional({"type": "string"}), "/region/var", "type-mismatch"),
        (regional({"type": "number", "default": 1}), "/region/var", "type-mismatch"),
        (regional({"type": "string", "secret": True}), "/region/var", "type-mismatch"),
        (regional(REGION | {"default": "eu-nowhere-1"}), "/variables/place/default",
         "unknown-region"),
        (regional(REGION | {"allowed_values": ["eu-west-1", "westeurope"]}),
         "/variables/place/allowed_values/1", "unknown-region"),
        (regional(REGION | {"allowed_values": ["eu-west-1", "cn-north-1"]}),
         "/variables/place/allowed_values/1", "contradiction"),
    ],
)  # fmt: skip
def test_a_region_that_cannot_be_is_refused(candidate: Json, place: str, code: str) -> None:
    assert (place, code) in places(candidate)


def test_what_the_cloud_knows_stands_where_its_type_fits() -> None:
    built = validate(
        document(
            outputs={
                "zones": {"cloud": "zones"},
                "name": {"join": ["logs-", {"cloud": "account_id"}, "-", {"cloud": "region"}]},
            }
        )
    )
    assert built.outputs["zones"] == CloudValue("zones")
    assert built.outputs["name"] == Join(
        ("logs-", CloudValue("account_id"), "-", CloudValue("region"))
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [({"cloud": "weather"}, "unknown-option"), ({"cloud": "region"}, "type-mismatch")],
)
def test_what_the_cloud_does_not_know_is_refused(value: Json, code: str) -> None:
    queue = part("jobs", "queue", delay_seconds=value)
    assert ("/components/0/properties/delay_seconds/cloud", code) in places(document(queue))
    joined = document(outputs={"x": {"join": [{"cloud": "zones"}]}})
    assert only_problem(joined).code == "type-mismatch"


def test_no_part_of_a_text_is_empty() -> None:
    joined = document(outputs={"x": {"join": [{"cloud": "region"}, ""]}})
    found = only_problem(joined)
    assert (found.pointer, found.code) == ("/outputs/x/join/1", "too-short")


TEAM: Json = {"team": {"type": "string"}, "pin": {"type": "string", "secret": True},
              "many": {"type": "list"}}  # fmt: skip


def tagged(tags: Json, *, on_component: bool = False) -> Json:
    queue = part("jobs", "queue")
    if on_component:
        return document(queue | {"tags": tags}, variables=TEAM)
    return document(queue, tags=tags, variables=TEAM)


@pytest.mark.parametrize("on_component", [False, True])
def test_tags_hold_texts_of_any_script_and_variables(on_component: bool) -> None:
    tags = {"équipe": "données", "Team": var("team"), "Cost": {"join": ["c-", var("team")]}}
    built = validate(tagged(tags, on_component=on_component))
    found = built.component("jobs").tags if on_component else built.tags
    assert dict(found) == {
        "équipe": "données",
        "Team": Var("team"),
        "Cost": Join(("c-", Var("team"))),
    }


@pytest.mark.parametrize("on_component", [False, True])
@pytest.mark.parametrize(
    ("tags", "place", "code"),
    [
        ({"project": "x"}, "/project", "reserved-tag"),
        ({"aws:x": "x"}, "/aws:x", "reserved-tag"),
        ({"Team": var("none")}, "/Team/var", "unknown-variable"),
        ({"Team": var("many")}, "/Team/var", "type-mismatch"),
        ({"Team": var("pin")}, "/Team/var", "secret-exposed"),
        ({"Team": {"ref": "jobs.arn"}}, "/Team/ref", "unknown-property"),
        ({"Team": {"join": ["a", {"ref": "jobs.arn"}]}}, "/Team/join/1/ref", "unknown-property"),
        ({"Team": {"join": []}}, "/Team/join", "too-few"),
        ({"Team": {"join": [var("team"), ""]}}, "/Team/join/1", "too-short"),
        ({"Team": 1}, "/Team", "wrong-type"),
        ({"Team": "${x}"}, "/Team", "wrong-form"),
    ],
)
def test_wrong_tags_are_refused_where_they_stand(
    tags: Json, place: str, code: str, on_component: bool
) -> None:
    owner = "/components/0" if on_component else ""
    assert (f"{owner}/tags{place}", code) in places(tagged(tags, on_component=on_component))


@pytest.mark.parametrize("tag", [{"each": "key"}, {"join": ["a-", {"each": "key"}]}])
def test_tags_of_everything_have_no_key(tag: Json) -> None:
    jobs = {**part("jobs", "queue"), "for_each": ["a", "b"]}
    assert [code for _, code in places(document(jobs, tags={"Team": tag}))] == ["unknown-variable"]
    assert places(document({**jobs, "tags": {"Team": tag}})) == []


def test_a_changed_tag_of_everything_is_a_difference_of_the_document() -> None:
    old, new = document(), document(tags={"a": "b"})
    assert [(c.kind, c.subject, c.pointer, c.new) for c in diff(old, new)] == [
        ("added", "document", "/tags/a", "b")
    ]
    assert problems(new) == ()
