"""Answers come while an editor waits: the work grows with the document and no faster.

``scripts/bench_validation.py`` prints the times.
"""

from __future__ import annotations

import json

from blueprints.catalog.documents import validate
from tests.effort import calls_of

from .builders import Json, three_tier


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


def test_the_work_grows_in_step_with_the_number_of_components() -> None:
    validate(three_tier())  # what is prepared once is not counted
    few, many = repeated(three_tier(), 5), repeated(three_tier(), 35)
    assert len(many["components"]) == 490
    assert calls_of(lambda: validate(many)) < 7 * calls_of(lambda: validate(few)) * 1.25
