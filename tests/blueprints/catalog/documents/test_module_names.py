"""Names and tags of what is in modules, beside those of everything else."""

from __future__ import annotations

from blueprints.catalog.documents import review
from blueprints.catalog.documents.limits import MAX_TAGS

from .builders import Json, document, part, places, problems, var
from .module_builders import AT, JOBS, KEY, VARIABLES, hosting, used


def test_tags_of_everything_are_judged_with_those_in_modules() -> None:
    many = {f"t{number}": "x" for number in range(44)}
    inner = document(part("jobs", "queue"), tags={"Team": "core", "cost": "1"})

    def said(given: Json, **own: str) -> list[tuple[str, str]]:
        found = review(hosting(used(), inner=inner, tags=own), given).problems
        return [(problem.pointer, problem.code) for problem in found]

    assert said(many) == []
    assert said({**many, "u": "x"}) == [(f"{AT}/version", "too-many")]
    assert said(many, u="x") == [(f"{AT}/version", "too-many")]
    for given, own in (({"TEAM": "x"}, {}), ({}, {"TEAM": "x"})):
        assert said(given, **own) == [(f"{AT}/version", "repeated-name")]
    assert said({"Team": "x"}, cost="2") == []


def test_tags_of_a_module_are_judged_with_those_in_it() -> None:
    inner = document(part("jobs", "queue"), tags={"Team": "core"})
    deeper = document(part("in", "module", blueprint=JOBS, version=3), modules={KEY: inner},
                      tags={"cost": "1"})  # fmt: skip
    most = {f"t{number}": "x" for number in range(MAX_TAGS)}

    def said(within: Json, tags: Json, others: int = 0) -> list[tuple[str, str]]:
        everything = {f"e{number}": "x" for number in range(others)}
        return places(hosting(used() | {"tags": tags}, inner=within, tags=everything))

    room = 45 - MAX_TAGS  # of 50, beside those of the platform and the one of the blueprint
    assert said(inner, most, room) == said(deeper, most, room - 1) == []
    assert said(inner, most, room + 1) == [(f"{AT}/version", "too-many")]
    assert said(deeper, most, room) == [(f"{AT}/version", "too-many")]
    for within in (inner, deeper):
        assert said(within, {"TEAM": "x"}) == [(f"{AT}/version", "repeated-name")]
    assert said(inner, {"a": var("none")})[-1] == ("/components/0/tags/a/var", "unknown-variable")


def test_names_are_taken_by_modules_too() -> None:
    named = part("store", "object_storage", bucket="acme-files")
    inner = document(named)
    once = hosting(used(), inner=inner)
    assert places(once) == []
    assert places(hosting(used(), used("again"), inner=inner)) == [
        ("/components/1/properties/version", "repeated-name")
    ]
    assert places(hosting(used(), named | {"id": "own"}, inner=inner)) == [
        ("/components/1/properties/bucket", "repeated-name")
    ]


def test_names_that_inputs_decide_are_each_uses_own() -> None:
    named = {"join": [var("team"), "-logs"]}
    inner = document(
        part("store", "object_storage", bucket=named), variables={"team": VARIABLES["team"]}
    )
    assert places(hosting(used(team="a"), used("again", team="b"), inner=inner)) == []
    given: list[Json] = [{"team": "a"}, {}]
    for inputs in given:
        alike = hosting(used(**inputs), used("again", **inputs), inner=inner)
        assert places(alike) == [("/components/1/properties/version", "repeated-name")]
        deep = document(used(**inputs), modules={KEY: inner}, variables=inner["variables"])
        own = part("own", "object_storage", bucket=f"{inputs.get('team', 'core')}-logs")
        assert places(hosting(own, used(), inner=deep)) == [
            ("/components/1/properties/version", "repeated-name")
        ]
    passed = document(used(team=var("team")), modules={KEY: inner}, variables=inner["variables"])
    assert places(hosting(used(team="a"), used("again", team="b"), inner=passed)) == []
    assert "repeated-name" in {
        code for _, code in places(hosting(used(team="a"), used("again", team="a"), inner=passed))
    }
    twice = document(part("store", "object_storage", bucket=named),
                     part("more", "object_storage", bucket=named),
                     variables={"team": VARIABLES["team"]})  # fmt: skip
    assert "repeated-name" in {each.code for each in problems(hosting(used(), inner=twice))}
