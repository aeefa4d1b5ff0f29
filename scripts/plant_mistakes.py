"""Plants mistakes in the generator, one at a time, and tells which of them no test notices.

    python scripts/plant_mistakes.py             # all of them, in a copy of the repository
    python scripts/plant_mistakes.py firewall    # those in files of that name

Ends with 1 if one survives, or if its code is gone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mistakes import MISTAKES, Mistake

ROOT = Path(__file__).resolve().parents[1]

# Not those that run Terraform, which judges form, nor golden copies, which differ after any change.
GENERATION = "tests/blueprints/generation"
TESTS = (
    f"{GENERATION}/values",
    f"{GENERATION}/test_aws.py",
    f"{GENERATION}/test_relations.py",
    f"{GENERATION}/test_stores.py",
    "tests/blueprints/catalog/documents/test_relations.py",
)


def survives(mistake: Mistake, copy: Path) -> bool | None:
    """Whether all tests pass with the mistake; None if there is no place for it."""
    place = copy / "blueprints" / mistake.file
    text = place.read_text("utf-8")
    if text.count(mistake.right) != 1:
        return None
    place.write_text(text.replace(mistake.right, mistake.wrong), "utf-8")
    try:
        return _tests_pass(copy)
    finally:
        place.write_text(text, "utf-8")


def _tests_pass(copy: Path) -> bool:
    quick = ("-q", "-x", "-m", "not terraform", "-p", "no:cacheprovider", "-p", "no:randomly")
    command = [sys.executable, "-m", "pytest", *quick, *TESTS]
    done = subprocess.run(  # noqa: S603 - our own tests
        command, cwd=copy, capture_output=True, text=True, check=False
    )
    if done.returncode not in {0, 1}:  # passed, failed; anything else judged nothing
        raise SystemExit(f"The tests did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 0


def _copy(folder: Path) -> Path:
    skipped = shutil.ignore_patterns(".*", "__pycache__", "var", "node_modules")
    return Path(shutil.copytree(ROOT, folder / "copy", ignore=skipped, symlinks=True))


def main(wanted: list[str]) -> int:
    """Try each mistake and tell what was not noticed."""
    chosen = [each for each in MISTAKES if not wanted or any(name in each.file for name in wanted)]
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = _copy(Path(folder))
        if not _tests_pass(copy):
            raise SystemExit("The tests fail without any mistake.")
        for mistake in chosen:
            outcome = survives(mistake, copy)
            if outcome is not False:
                unnoticed += 1
                state = "no such code" if outcome is None else "not noticed"
                print(f"{state}: {mistake.file}: {mistake.right!r}", flush=True)
    print(f"{len(chosen) - unnoticed} of {len(chosen)} mistakes were noticed.")
    return min(unnoticed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
