"""What a version would destroy that its author may not expect."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from blueprints.catalog.documents import succession_warnings, validate

from .builders import Json, changed, document, part

QUEUE: Json = part("jobs", "queue")
BUCKET: Json = part("files", "object_storage")


def codes(old: Json, new: Json) -> list[tuple[str, str]]:
    validate(new)
    return [(found.code, found.pointer) for found in succession_warnings(old, new)]


def moved(component: Json, to: str, *former: str) -> Json:
    return {**component, "id": to, "moved_from": list(former)}


@pytest.mark.parametrize(
    "new",
    [
        document(QUEUE, BUCKET),
        document(BUCKET, QUEUE),
        document(QUEUE),
        document(QUEUE, BUCKET, part("more", "queue", fifo=True)),
        document(BUCKET, moved(QUEUE, "tasks", "jobs")),
        document({**QUEUE, "name": "Jobs", "tags": {"owner": "us"}}, BUCKET),
        document(changed(QUEUE, "properties", "fifo", to=True), BUCKET),
        document(BUCKET, part("tasks", "queue", fifo=True)),
    ],
)
def test_what_an_author_sees_is_not_warned_of(new: Json) -> None:
    assert codes(document(QUEUE, BUCKET), new) == []


def test_another_type_under_the_same_id_destroys_what_there_was() -> None:
    old, new = document(QUEUE), document(part("jobs", "object_storage"))
    assert codes(old, new) == [("component-replaced", "/components/0/type")]
    later = document(BUCKET, moved(part("", "object_storage"), "tasks", "jobs"))
    assert codes(document(QUEUE, BUCKET), later) == [("component-replaced", "/components/1/type")]


def test_another_id_without_the_former_one_destroys_what_there_was() -> None:
    new = document(BUCKET, {**QUEUE, "id": "tasks", "comment": "A better name."})
    assert codes(document(QUEUE, BUCKET), new) == [("component-renamed", "/components/1/id")]
    (warning,) = succession_warnings(document(QUEUE, BUCKET), new)
    assert (warning.severity, '"moved_from": ["jobs"]' in warning.fix) == ("warning", True)


def test_a_former_id_that_is_dropped_is_lost_to_whoever_comes_late() -> None:
    old = document(moved(QUEUE, "tasks", "jobs"))
    assert codes(old, document({**QUEUE, "id": "tasks"})) == [
        ("former-id-dropped", "/components/0")
    ]
    assert codes(old, document(moved(QUEUE, "work", "jobs", "tasks"))) == []


def test_a_former_id_that_is_another_component_moves_nothing() -> None:
    old = document(QUEUE, part("tasks", "queue"), BUCKET)
    assert codes(old, document(moved(QUEUE, "tasks", "jobs"), BUCKET)) == [
        ("former-id-occupied", "/components/0/moved_from/0")
    ]


def test_a_component_that_got_its_former_id_back_is_still_itself() -> None:
    back = document(moved(QUEUE, "jobs", "jobs", "tasks"))
    assert codes(document(moved(QUEUE, "tasks", "jobs")), back) == []
    assert codes(back, back) == []


def test_another_region_leaves_nothing_where_it_was() -> None:
    old = document(QUEUE)
    assert codes(old, {**old, "region": "eu-west-1"}) == [("place-changed", "/region")]
    place = {"place": {"type": "string", "default": "eu-west-1"}}
    assert codes(old, {**old, "variables": place, "region": {"var": "place"}}) == [
        ("place-changed", "/variables/place/default")
    ]


def test_a_provider_of_another_region_leaves_nothing_where_it_was() -> None:
    def among(queue: Json, **regions: str) -> Json:
        providers = {name: {"region": region} for name, region in regions.items()}
        return document(queue, **({"providers": providers} if providers else {}))

    here, there = QUEUE, {**QUEUE, "provider": "replica"}
    moved_on = [("place-changed", "/components/0/provider")]
    assert codes(among(here), among(there, replica="eu-west-1")) == moved_on
    assert codes(among(there, replica="eu-west-1"), among(here)) == [
        ("place-changed", "/components/0")
    ]
    assert codes(among(there, replica="eu-west-1"), among(there, replica="eu-west-3")) == moved_on
    assert codes(among(there, replica="eu-west-1"), among(there, replica="eu-west-1")) == []
    assert codes(among(here), among(there, replica="us-east-1")) == []
    renamed = {**there, "id": "tasks"}
    taken_along = {**renamed, "moved_from": ["jobs"]}
    assert codes(among(here), among(taken_along, replica="eu-west-1")) == moved_on
    assert codes(among(here), among(renamed, replica="eu-west-1")) == []


def test_another_account_has_nothing_of_the_first() -> None:
    def by(role: str) -> Json:
        bank = {"region": "us-east-1", "assume_role": f"arn:aws:iam::{role}:role/deploy"}
        return document({**QUEUE, "provider": "bank"}, providers={"bank": bank})

    first, second = by("111111111111"), by("444444444444")
    assert codes(first, second) == [("place-changed", "/components/0/provider")]
    assert codes(document(QUEUE), first) == [("place-changed", "/components/0/provider")]
    assert codes(first, first) == []


@pytest.mark.parametrize("repetition", [{"for_each": ["a", "b"]}, {"count": 2}])
def test_what_is_repeated_gets_other_names(repetition: Json) -> None:
    alone, several = document(QUEUE), document({**QUEUE, **repetition})
    for old, new in ((alone, several), (several, alone)):
        assert codes(old, new) == [("component-repeated", "/components/0")]
    assert codes(several, several) == []
    renamed = document({**QUEUE, **repetition, "id": "tasks", "moved_from": ["jobs"]})
    assert codes(alone, renamed) == [("component-repeated", "/components/0")]


def test_a_former_id_that_nothing_had_is_a_mistake() -> None:
    new = document(BUCKET, moved(QUEUE, "tasks", "job"))
    assert codes(document(QUEUE, BUCKET), new) == [
        ("unknown-former-id", "/components/1/moved_from/0")
    ]


def test_two_thousand_new_ids_are_compared_at_once() -> None:
    def many(prefix: str) -> dict[str, Any]:
        return document(*(part(f"{prefix}{n}", "queue") for n in range(2_000)))

    found = succession_warnings(many("a"), many("b"))
    named = [re.findall(r'"([ab]\d+)"', warning.message) for warning in found]
    assert named == [[f"a{n}", f"b{n}"] for n in range(2_000)]


def test_what_is_only_read_from_now_on_is_destroyed() -> None:
    own = document(part("net", "network", cidr="10.0.0.0/16"))
    read = document(part("net", "remote_state", blueprint="x", version=1))
    assert [each.code for each in succession_warnings(own, read)] == ["component-replaced"]
    assert succession_warnings(read, own) == succession_warnings(read, document()) == []


@pytest.mark.parametrize(
    ("before", "after", "fix"),
    [
        (("b", "a"), ("c", "a"), ["a", "b"]),  # the id in between is left out
        (("b", "a"), ("c", "b"), ["a", "b"]),  # the first one is
        (("b", "a"), ("a", "b"), ["a", "b"]),  # back again, and called by the second one
        (("b", "a"), ("b",), ["a"]),
        (("c", "a", "b"), ("c", "b", "a"), ["a", "b"]),
    ],
)
def test_what_a_component_is_called_by_is_its_first_id(
    before: tuple[str, ...], after: tuple[str, ...], fix: list[str]
) -> None:
    old, new = document(moved(QUEUE, *before)), document(moved(QUEUE, *after))
    assert codes(old, new) == [("former-id-dropped", "/components/0")]
    (warning,) = succession_warnings(old, new)
    assert f'"moved_from": {json.dumps(fix)}' in warning.fix
    assert codes(old, document(moved(QUEUE, after[0], *fix))) == []


def test_the_advice_for_a_component_that_moved_before_names_all_its_ids() -> None:
    old, new = document(moved(QUEUE, "b", "a")), document({**QUEUE, "id": "c"})
    (warning,) = succession_warnings(old, new)
    assert (warning.code, '"moved_from": ["a", "b"]' in warning.fix) == ("component-renamed", True)


def test_what_is_only_looked_up_from_now_on_is_destroyed() -> None:
    new = document({"id": "jobs", "type": "queue", "existing": {"name": "shop-jobs"}})
    for old in (document(QUEUE), document(moved(QUEUE, "jobs", "tasks"))):
        assert codes(old, new) == [("component-removed", "/components/0/existing")]
    assert codes(new, new) == []


def test_what_was_protected_and_is_gone_is_destroyed() -> None:
    kept = {**QUEUE, "lifecycle": {"prevent_destroy": True}}
    assert codes(document(kept, BUCKET), document(BUCKET)) == [("component-removed", "/components")]
    assert codes(document(kept, BUCKET), document(BUCKET, moved(kept, "tasks", "jobs"))) == []
    renamed = document(BUCKET, {**kept, "id": "tasks"})
    assert codes(document(kept, BUCKET), renamed) == [("component-renamed", "/components/1/id")]


def test_a_raw_component_is_the_resource_that_it_names() -> None:
    queue = part("it", "raw", resource="aws_sqs_queue", arguments={})
    key = part("it", "raw", resource="aws_kms_key", arguments={})
    assert codes(document(queue), document(key)) == [("component-replaced", "/components/0/type")]
    assert codes(document(queue), document(queue)) == []


@pytest.mark.parametrize(
    ("default", "found"),
    [("eu-west-1", [("place-changed", "/variables/here/default")]), ("us-east-1", [])],
)
def test_a_region_is_where_its_variable_says_by_default(
    default: str, found: list[tuple[str, str]]
) -> None:
    old, new = (
        document(QUEUE, region={"var": "here"}, variables={"here": {"type": "string",
                                                                    "default": each}})
        for each in ("us-east-1", default)
    )  # fmt: skip
    assert codes(old, new) == found


def test_a_provider_goes_after_what_it_made() -> None:
    far = {"far": {"region": "eu-west-1"}}
    old = document(QUEUE, {**BUCKET, "provider": "far"}, providers=far)
    assert codes(old, document(QUEUE)) == [("provider-removed", "")]
    assert codes(old, document(QUEUE, providers=far)) == []
    assert codes(document(QUEUE, providers=far), document(QUEUE)) == []
