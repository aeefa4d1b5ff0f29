from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprints.catalog import examples
from blueprints.catalog.documents import Change, content_hash, diff

from .builders import Json, changed, document, only_problem, part, ref, three_tier, without


def queues(**properties: Any) -> Json:
    return document(part("a", "queue"), part("b", "queue", **properties))


def test_equal_documents_have_no_differences() -> None:
    assert diff(three_tier(), copy.deepcopy(three_tier())) == []


def test_moving_a_component_is_no_difference() -> None:
    original = three_tier()
    assert diff(original, changed(original, "components", to=original["components"][::-1])) == []


def test_a_property_is_compared_down_to_its_last_object() -> None:
    old = queues(fifo=False, dead_letter={"queue": ref("a"), "max_receives": 3})
    new = queues(delay_seconds=5, dead_letter={"queue": ref("a"), "max_receives": 4})
    assert diff(old, new) == [
        Change("changed", "component", "b", "/properties/dead_letter/max_receives", 3, 4),
        Change("added", "component", "b", "/properties/delay_seconds", None, 5),
        Change("removed", "component", "b", "/properties/fifo", old=False, new=None),
    ]


def test_components_variables_outputs_and_relations_come_and_go() -> None:
    old = document(
        part("a", "queue"),
        part("b", "queue"),
        outputs={"url": ref("a.url")},
        relations=[{"from": "a", "to": "b", "type": "depends_on"}],
    )
    new = document(
        part("b", "queue"),
        part("c", "queue"),
        region="eu-west-1",
        variables={"x": {"type": "number"}},
        outputs={"url": ref("b.url")},
        relations=[{"from": "b", "to": "c", "type": "depends_on", "description": "why"}],
    )
    assert [(c.kind, c.subject, c.id, c.pointer) for c in diff(old, new)] == [
        ("changed", "document", "", "/region"),
        ("added", "variable", "x", ""),
        ("removed", "component", "a", ""),
        ("added", "component", "c", ""),
        ("removed", "relation", "a → b (depends_on)", ""),
        ("added", "relation", "b → c (depends_on)", ""),
        ("changed", "output", "url", "/ref"),
    ]


def test_a_component_that_moved_is_compared_with_what_it_was() -> None:
    old = document(part("a", "queue", fifo=True), part("z", "queue"))
    moved = {**part("b", "queue", fifo=False), "moved_from": ["a"]}
    changes = [
        Change("changed", "component", "b", "/id", "a", "b"),
        Change("added", "component", "b", "/moved_from", None, ["a"]),
        Change("changed", "component", "b", "/properties/fifo", old=True, new=False),
    ]
    assert diff(old, document(moved, part("z", "queue"))) == changes
    again = {**part("c", "queue", fifo=False), "moved_from": ["a", "b"]}
    assert diff(document(moved), document(again))[0] == Change(
        "changed", "component", "c", "/id", "b", "c"
    )
    back = diff(document(moved, part("z", "queue")), old)
    assert back[0] == Change("changed", "component", "a", "/id", "b", "a")
    assert len(back) == len(changes)


def test_true_and_one_are_different() -> None:
    assert diff(queues(x=True), queues(x=1)) == [
        Change("changed", "component", "b", "/properties/x", old=True, new=1)
    ]
    assert diff(queues(x=[True]), queues(x=[1])) != []
    assert diff(queues(x=1.0), queues(x=1)) == []


def test_leaving_a_section_out_and_leaving_it_empty_are_the_same() -> None:
    assert diff(document(), document(variables={}, relations=[], outputs={})) == []


def test_an_editors_layout_says_nothing() -> None:
    placed = document(part("a", "queue"), layout={"a": {"x": 1, "y": [2, {"z": None}]}})
    assert diff(document(part("a", "queue")), placed) == []
    assert content_hash(placed) != content_hash(document(part("a", "queue")))
    assert only_problem(document(layout=[])).pointer == "/layout"


WORKED = [examples.load(name) for name in examples.names()]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(WORKED), st.sampled_from(WORKED))
def test_turning_a_comparison_round_turns_each_difference_round(old: Json, new: Json) -> None:
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    turned = [
        Change(opposite[c.kind], c.subject, c.id, c.pointer, c.new, c.old) for c in diff(old, new)
    ]
    assert diff(new, old) == turned


def test_a_removed_tag_is_named_by_its_pointer() -> None:
    original = changed(three_tier(), "components", 0, "tags", to={"a/b": "1"})
    change = Change("removed", "component", "main", "/tags", {"a/b": "1"}, None)
    assert diff(original, without(original, "components", 0, "tags")) == [change]
