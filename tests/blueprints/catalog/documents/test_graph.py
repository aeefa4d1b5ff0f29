from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprints.catalog.documents.graph import build_order, circles

LONG = 10_000

graphs = st.dictionaries(
    st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=4)
).map(lambda some: {name: some.get(name, []) for name in "abcdefgh"})


def chain(length: int) -> dict[str, list[str]]:
    return {str(step): [str(step + 1)] for step in range(length)} | {str(length): []}


def test_a_chain_of_ten_thousand_is_no_circle_and_has_an_order() -> None:
    assert list(circles(chain(LONG))) == []
    assert build_order(chain(LONG))[0] == str(LONG)


def test_a_circle_of_ten_thousand_is_found_whole() -> None:
    needs = {**chain(LONG), str(LONG): ["0"]}
    (found,) = circles(needs)
    assert len(found) == LONG + 1
    with pytest.raises(ValueError, match="circle"):
        build_order(needs)


@given(graphs)
def test_a_graph_has_either_circles_or_an_order(needs: dict[str, list[str]]) -> None:
    found = list(circles(needs))
    for circle in found:
        steps = zip(circle, (*circle[1:], circle[0]), strict=True)
        assert all(follower in needs[step] for step, follower in steps)
    if found:
        with pytest.raises(ValueError, match="circle"):
            build_order(needs)
        return
    order = build_order(needs)
    assert sorted(order) == sorted(needs)
    position = {name: index for index, name in enumerate(order)}
    assert all(position[need] < position[name] for name in needs for need in needs[name])


def test_what_is_free_keeps_the_order_given() -> None:
    assert build_order({"c": [], "a": ["b"], "b": []}) == ("c", "b", "a")
