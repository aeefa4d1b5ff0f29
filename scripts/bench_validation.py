"""Times the validation of small, large and refused blueprint documents.

    python scripts/bench_validation.py

Prints the median of several runs in milliseconds of processor time; needs no server.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from blueprints.catalog import examples
from blueprints.catalog.documents import InvalidDocument, parse, validate

RUNS = 9


def copies(name: str, count: int) -> dict[str, Any]:
    """A worked blueprint's components several times over, under ids of their own."""
    original = json.loads(json.dumps(examples.load(name)))
    components = [
        {**component, "id": f"n{number}-{component['id']}"}
        for number in range(count)
        for component in json.loads(
            json.dumps(original["components"]).replace('"ref": "', f'"ref": "n{number}-')
        )
    ]
    return {**original, "components": components, "relations": [], "outputs": {}}


def milliseconds(work: Any, argument: Any) -> float:
    """The median processor time of calling ``work``."""
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        with suppress(InvalidDocument):
            work(argument)
        times.append(time.process_time() - started)
    return statistics.median(times) * 1000


def main() -> None:
    """Print the table."""
    queues = [{"id": f"q{n}", "type": "queue", "properties": {}} for n in range(10_000)]
    many = {"cloud": "aws", "region": "us-east-1", "components": queues}
    rows: list[tuple[str, Any, Any]] = [
        (f"{name}, worked", validate, examples.load(name)) for name in examples.names()
    ]
    rows += [
        ("35 three-tier webs (490 components)", validate, copies("three-tier-web", 35)),
        ("10,000 components, refused", validate, many),
        ("10 MB, refused unparsed", parse, b"[" * 10_000_000),
    ]
    for title, work, argument in rows:
        print(f"{title:40} {milliseconds(work, argument):9.2f} ms")


if __name__ == "__main__":
    main()
