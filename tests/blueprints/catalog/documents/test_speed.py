"""Answers come while an editor waits. Processor time is measured: other programs cost none."""

from __future__ import annotations

import json
import time

from blueprints.catalog.documents import validate

from .builders import Json, three_tier


def best_of(tries: int, candidate: Json) -> float:
    """Return the shortest processor time of some validations, in seconds."""
    times = []
    for _ in range(tries):
        started = time.process_time()
        validate(candidate)
        times.append(time.process_time() - started)
    return min(times)


def repeated(original: Json, times: int) -> Json:
    """Return a document with the components several times over, under ids of their own."""
    components = [
        {**component, "id": f"n{number}-{component['id']}"}
        for number in range(times)
        for component in json.loads(
            json.dumps(original["components"]).replace('"ref": "', f'"ref": "n{number}-')
        )
    ]
    return {**original, "components": components, "relations": [], "outputs": {}}


def test_a_worked_blueprint_takes_milliseconds() -> None:
    assert best_of(5, three_tier()) < 0.05


def test_a_blueprint_of_almost_the_most_components_takes_a_moment() -> None:
    large = repeated(three_tier(), 35)
    assert len(large["components"]) == 490
    assert best_of(3, large) < 0.6
