"""Code as it stands, so that a change of it is seen in review.

Regenerate after a deliberate change, and read the difference:

    python -m tests.blueprints.generation.test_golden
"""

from __future__ import annotations

from pathlib import Path

import pytest

from blueprints.generation import GeneratedFile, generate
from tests.blueprints.generation import documents
from tests.ci import refuse_to_record

#: An example that people can read, and one that uses every property of every type.
NAMES = ("three-tier-web", documents.EVERYTHING)
FOLDER = Path(__file__).parent / "golden"


def current(name: str) -> tuple[GeneratedFile, ...]:
    return generate(documents.load(name), target="terraform", project="Demo", prefix="shop")


def regenerate() -> None:
    refuse_to_record()
    for name in NAMES:
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for file in current(name):
            (folder / file.path).write_text(file.content, encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_code_is_as_it_was_reviewed(name: str) -> None:
    folder = FOLDER / name
    reviewed = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert {file.path: file.content for file in current(name)} == reviewed


if __name__ == "__main__":
    regenerate()
