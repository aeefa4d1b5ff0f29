"""One example's code as it stands, so that a change of it is seen in review.

Regenerate after a deliberate change:

    python -m tests.blueprints.generation.test_golden
"""

from __future__ import annotations

from pathlib import Path

from blueprints.generation import GeneratedFile, generate
from tests.blueprints.generation import documents
from tests.ci import refuse_to_record

EXAMPLE = "three-tier-web"
FOLDER = Path(__file__).parent / "golden" / EXAMPLE


def current() -> tuple[GeneratedFile, ...]:
    return generate(documents.load(EXAMPLE), target="terraform", project="Demo", prefix="shop")


def regenerate() -> None:
    refuse_to_record()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for file in current():
        (FOLDER / file.path).write_text(file.content, encoding="utf-8")


def test_the_examples_code_is_as_it_was_reviewed() -> None:
    reviewed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert {file.path: file.content for file in current()} == reviewed


if __name__ == "__main__":
    regenerate()
