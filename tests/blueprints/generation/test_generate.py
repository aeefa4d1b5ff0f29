from __future__ import annotations

import hashlib
import io
import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from blueprints.catalog import component_types
from blueprints.catalog.documents import review, validate
from blueprints.generation import (
    GeneratedFile,
    UnknownTarget,
    UnsupportedCloud,
    clouds,
    generate,
    targets,
    to_zip,
)
from blueprints.generation.targets.terraform import hcl
from tests.blueprints.generation import documents

ROOT = Path(__file__).parents[3]


def files_of(name: str, raw: dict[str, Any] | None = None) -> tuple[GeneratedFile, ...]:
    document = validate(raw if raw is not None else documents.raw(name))
    return generate(document, target="terraform", project="Demo", prefix="shop")


def test_terraform_is_a_target() -> None:
    assert targets() == ("terraform",)


def test_an_unknown_target_is_refused_with_those_that_there_are() -> None:
    document = documents.load("three-tier-web")
    with pytest.raises(UnknownTarget, match="terraform") as refusal:
        generate(document, target="cobol", project="p", prefix="b")
    assert refusal.value.code == "unknown-target"
    assert generate(document, target="terraform", project="p", prefix="b")


def test_a_cloud_without_a_mapping_is_refused_with_those_that_there_are() -> None:
    raw = {
        "cloud": "azure",
        "region": "westeurope",
        "components": [{"id": "main", "type": "network", "properties": {"cidr": "10.0.0.0/16"}}],
    }
    with pytest.raises(UnsupportedCloud, match="aws"):
        files_of("web", raw)
    assert files_of("web", raw | {"cloud": "aws", "region": "eu-west-1"})


@pytest.mark.parametrize("cloud", component_types.get("network").clouds)
def test_a_document_says_that_no_code_can_be_generated_for_its_cloud(cloud: str) -> None:
    region = {"aws": "eu-west-1", "azure": "westeurope", "google": "europe-west1"}[cloud]
    found = review({"cloud": cloud, "region": region, "components": []}).problems
    said = [problem.path for problem in found if problem.code == "unsupported-cloud"]
    assert said == ([] if cloud in clouds.names() else [("cloud",)])


@pytest.mark.parametrize("name", documents.NAMES)
def test_files_are_sorted_complete_and_carry_their_digest(name: str) -> None:
    files = files_of(name)
    paths = [file.path for file in files]
    assert paths == sorted(paths)
    assert {"versions.tf", "providers.tf", "variables.tf", "outputs.tf"} <= set(paths)
    for file in files:
        assert file.content.endswith("\n")
        assert file.sha256 == hashlib.sha256(file.content.encode()).hexdigest()


@pytest.mark.parametrize("name", documents.NAMES)
def test_the_order_of_components_changes_nothing(name: str) -> None:
    raw = documents.raw(name)
    shuffled = random.Random(7)  # noqa: S311  # an order, not a secret
    for _ in range(3):
        shuffled.shuffle(raw["components"])
        shuffled.shuffle(raw.get("relations", []))
        raw["variables"] = dict(reversed(raw.get("variables", {}).items()))
        assert files_of(name, raw) == files_of(name)


PRINT_DIGEST = """
import hashlib
from blueprints.generation import to_zip
from tests.blueprints.generation import documents
from tests.blueprints.generation.test_generate import files_of
for name in documents.NAMES:
    print(hashlib.sha256(to_zip(files_of(name))).hexdigest())
"""


def test_another_process_with_another_hash_seed_writes_the_same_bytes() -> None:
    digests = {
        subprocess.run(  # noqa: S603  # this interpreter, with code that stands here
            [sys.executable, "-c", PRINT_DIGEST],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    here = [hashlib.sha256(to_zip(files_of(name))).hexdigest() for name in documents.NAMES]
    assert digests == {"".join(f"{digest}\n" for digest in here)}


def test_the_archive_holds_the_files_and_nothing_of_the_moment() -> None:
    files = files_of("three-tier-web")
    packed = to_zip(reversed(files))
    assert packed == to_zip(files)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [file.path for file in files]
        for file, entry in zip(files, archive.infolist(), strict=True):
            assert archive.read(entry) == file.content.encode()
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.external_attr >> 16 == 0o100644


HOSTILE = '"${file("/etc/passwd")}"\n}\nresource "aws_iam_user" "evil" {}\n%{ if true }'


def skeleton(files: tuple[GeneratedFile, ...]) -> dict[str, list[str]]:
    """Return what begins each line: blocks and arguments, without their values."""
    return {f.path: [line.partition(" = ")[0] for line in f.content.splitlines()] for f in files}


def test_hostile_ids_and_prefixes_stay_values() -> None:
    document = documents.load("three-tier-web")
    files = generate(document, target="terraform", project=HOSTILE, prefix=HOSTILE)
    assert skeleton(files) == skeleton(files_of("three-tier-web"))


def hostile(raw: dict[str, Any], text: str) -> dict[str, Any]:
    """Put a text wherever a document's author is free in what to write."""
    raw["variables"]["api_key"]["description"] = text
    for component in raw["components"]:
        properties = component.get("properties", {})
        if component["type"] == "compute_instance":
            properties["user_data"] = text
        if component["type"] == "function":
            properties["environment"] = {"NOTE": text}
        if component["type"] == "secret":
            properties["description"] = text
        if component["type"] == "dns_zone":
            # Cut, so that it takes one line once its quotation marks are escaped.
            properties["records"] = [{"name": "note", "type": "TXT", "values": [text[:40]]}]
    return raw


def test_hostile_text_in_a_document_stays_a_value() -> None:
    # Descriptions and records take one line; scripts and settings take any text.
    line = HOSTILE.replace("\n", " ")
    written = files_of(documents.EVERYTHING, hostile(documents.raw(documents.EVERYTHING), line))
    harmless = files_of(documents.EVERYTHING, hostile(documents.raw(documents.EVERYTHING), "x"))
    assert skeleton(written) == skeleton(harmless)
    text = "".join(file.content for file in written)
    assert hcl.quoted(line) in text
    assert line not in text
