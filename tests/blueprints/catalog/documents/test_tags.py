"""Tags and names of components: what clouds take, and what means something already."""

from __future__ import annotations

import re

import pytest

from blueprints.catalog.documents import validate
from blueprints.catalog.documents.published import TAGS
from blueprints.catalog.documents.tags import OWN_KEYS, PUNCTUATION, RULES

from .builders import Json, document, part, places

REGIONS = {"aws": "us-east-1", "azure": "westeurope", "google": "europe-west1"}


def tagged(tags: Json, cloud: str = "aws") -> Json:
    component = {**part("q", "queue"), "tags": tags}
    return {**document(component), "cloud": cloud, "region": REGIONS[cloud]}


@pytest.mark.parametrize(
    ("tags", "pointer", "code"),
    [
        ({"Project": "x"}, "Project", "reserved-tag"),
        ({"MANAGED-BY": "x"}, "MANAGED-BY", "reserved-tag"),
        ({"blueprint": "x"}, "blueprint", "reserved-tag"),
        ({"Name": "x"}, "Name", "reserved-tag"),
        ({"AWS:cloudformation:stack": "x"}, "AWS:cloudformation:stack", "reserved-tag"),
        ({"team": "a", "Team": "b"}, "Team", "repeated-name"),
        ({"k" * 129: "x"}, "k" * 129, "wrong-name"),
        ({"k": "x" * 257}, "k", "too-long"),
        ({"a,b": "x"}, "a,b", "wrong-name"),
        ({"": "x"}, "", "wrong-name"),
        ({" a": "x"}, " a", "wrong-name"),
        ({"a": "x "}, "a", "wrong-value"),
        ({"a": "x\n"}, "a", "wrong-form"),
        ({"a": "x;y"}, "a", "wrong-form"),
        ({"a": "\N{ROCKET}"}, "a", "wrong-value"),
        ({"a": "x\u202ey"}, "a", "wrong-value"),
        ({"\N{ROCKET}": "x"}, "\N{ROCKET}", "wrong-name"),
    ],
)
def test_a_tag_that_cannot_be_is_refused_at_its_place(tags: Json, pointer: str, code: str) -> None:
    assert places(tagged(tags)) == [(f"/components/0/tags/{pointer}", code)]


def raw(tags: Json) -> Json:
    arguments = {"name": "alerts", "tags": tags}
    return document(part("r", "raw", resource="aws_sns_topic", arguments=arguments))


@pytest.mark.parametrize("key", ["aws:x", "Project", "managed-by"])
def test_a_raw_resource_has_no_tags_of_the_cloud_or_the_platform(key: str) -> None:
    pointer = f"/components/0/properties/arguments/tags/{key}"
    assert places(raw({key: "x"})) == [(pointer, "reserved-tag")]


def test_a_raw_resource_names_itself_by_a_tag() -> None:
    assert places(raw({"Name": "alerts", "team": "a"})) == []


@pytest.mark.parametrize(
    "tags",
    [
        {"projects": "x", "names": "y"},
        {"Kostenstelle": "Größe 4", "部門": "受注", "k8s.io/role": "a=b+c@d:e"},
        {"team": "a", "team-2": "a", "Costs": ""},
        {"k" * 128: "x" * 256},
        {"1": "2"},
    ],
)
def test_tags_take_letters_of_any_script(tags: Json) -> None:
    (component,) = validate(tagged(tags)).components
    assert component.tags == tags


def test_each_cloud_has_lengths_of_its_own() -> None:
    long = tagged({"k" * 64: "x" * 64}, "google")
    assert [code for _, code in places(long)] == ["too-long", "too-long"]
    assert not places(tagged({"k" * 64: "x" * 64}, "azure"))
    assert not places(tagged({"aws:x": "y"}, "azure"))
    for rule in RULES.values():
        assert rule.source.startswith("https://")


@pytest.mark.parametrize("name", ["受注キュー", "Größe (alt)"[:5], "v2 / blue"])
def test_a_name_is_in_any_script(name: str) -> None:
    (component,) = validate(document({**part("q", "queue"), "name": name})).components
    assert component.name == name


@pytest.mark.parametrize("name", ["", " ", "x ", "a\tb", "\N{ROCKET}", "x" * 64, "a\u200bb", "a<b"])
def test_a_name_that_no_cloud_takes_is_refused(name: str) -> None:
    ((pointer, _),) = places(document({**part("q", "queue"), "name": name}))
    assert pointer == "/components/0/name"


def test_own_keys_are_those_of_generated_code() -> None:
    from blueprints.generation import clouds  # noqa: PLC0415  # the one place where they meet
    from blueprints.generation.origin import Origin  # noqa: PLC0415

    stack = clouds.build(validate(tagged({})), Origin("p", "shop"))
    (labels,) = (block.arguments["tags"] for block in stack.providers[0].blocks)
    (queue,) = stack.nodes
    named = {str(key).casefold() for key in (*labels, *queue.arguments["tags"])}  # type: ignore[misc]
    assert named == OWN_KEYS.keys()


def test_all_tags_of_a_resource_count_together() -> None:
    def with_own(count: int) -> Json:
        tags = {f"of-all-{number}": "x" for number in range(20)}
        return {**tagged({f"own-{number}": "x" for number in range(count)}), "tags": tags}

    most = RULES["aws"].most - len(OWN_KEYS) - 20
    assert places(with_own(most)) == []
    assert places(with_own(most + 1)) == [("/components/0/tags", "too-many")]


def test_the_schemas_pattern_says_the_same_of_ascii_as_the_check() -> None:
    for letter in map(chr, range(0xA0)):
        is_taken = (letter.isalnum() and letter.isascii()) or letter in f" {PUNCTUATION}"
        accepted = re.fullmatch(TAGS["propertyNames"]["pattern"], letter) is not None
        assert accepted == is_taken, hex(ord(letter))
