"""Documents walked through a life on an emulated AWS, and on an account that keeps everything.

Applied, looked at, changed, renamed, destroyed, made again and destroyed again. The suite walks one
small document; a folder of others, each a document or a list of versions of one, is walked by

    DOCUMENTS=folder pytest -rP tests/blueprints/generation/test_walks.py

What moto cannot judge is left out there, which ``-rP`` shows; the account judges it. A walk takes
minutes where that provider waits by the clock: half a minute and more for each load balancer that
it makes, some ten seconds for a cluster.
A document that is refused must say where and what would be right; that is shown, and is no failure.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import InvalidDocument, validate
from tests.blueprints.generation import documents, older_provider
from tests.blueprints.generation.deployment import Deployment
from tests.blueprints.generation.emulated import provider_override
from tests.blueprints.generation.terraform import write_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprints.catalog.documents import Document
    from blueprints.generation.ir import Stack
    from tests.blueprints.generation.terraform import Terraform

pytestmark = pytest.mark.terraform

_LOG = logging.getLogger(__name__)
Json = dict[str, Any]
FOLDER = os.environ.get("DOCUMENTS", "")
SMALL: Json = {
    "cloud": "aws",
    "region": "us-east-1",
    "components": [
        {
            "id": "reader",
            "type": "role",
            "properties": {
                "trusted_service": "function",
                "statements": [{"actions": ["sqs:ListQueues"], "resources": ["*"]}],
            },
        }
    ],
}
ADDED: Json = {"id": "added-later", "type": "role", "properties": {"trusted_service": "function"}}


def walked() -> list[Any]:
    files = sorted(Path(FOLDER).glob("*.json")) if FOLDER else []
    given = [pytest.param(json.loads(file.read_text()), id=file.stem) for file in files]
    assert given or not FOLDER, f"no documents in {FOLDER}"
    return given or [pytest.param(SMALL, id="small")]


#: What cannot live in moto by that provider, with why: it is left out, and each walk says so.
NOT_EMULATED: Mapping[str, str] = {
    "aws_autoscaling_group": "moto replaces its machines for ever",
    "aws_eks_addon": "none is ever active in moto",
    "aws_elasticache_subnet_group": "moto deletes none",
    "aws_instance": "moto gives each a public address, asked for or not",
    "aws_launch_template": "moto counts its own tags among those that it gives to machines",
    "aws_lambda_function": "its package is an aws_s3_object, which that provider does not know",
}


class EmulatedDeployment(Deployment):
    """One in an emulated AWS, of what the provider of 2021 knows.

    Args:
        terraform: with that provider.
        folder: where its code stands.
        store: the address of an http backend.
        endpoint: where the emulator is.
    """

    def __init__(self, terraform: Terraform, folder: Path, store: str, endpoint: str) -> None:
        super().__init__(terraform, folder, store)
        known = terraform.provider_schema
        kept = {k: v for k, v in known["resource_schemas"].items() if k not in NOT_EMULATED}
        self._fits_to = {**known, "resource_schemas": kept}
        self._override, self._place = provider_override(endpoint), folder

    def stack_of(self, document: Document) -> Stack:
        """Return what is left of a document's stack."""
        fitted = older_provider.fit(documents.stack_of(document), self._fits_to)
        types = {address.type for address in fitted.nodes}
        for name in sorted(NOT_EMULATED.keys() & types):
            _LOG.warning("Left out: %s, since %s.", name, NOT_EMULATED[name])
        return fitted.stack

    def differences(self) -> str:
        """Look at what there is, and return what differs from the code, by resource."""
        self._run("plan", "-out=plan", expect=(0,))
        plan = json.loads(self._run("show", "-json", "plan"))
        found = (change for change in plan["resource_changes"] if change["mode"] == "managed")
        return "\n".join(filter(None, map(_difference, found)))

    def write(self, document: Document) -> Stack:
        """Write a version's code, and where its provider finds the emulator."""
        stack = super().write(document)
        write_files(self._place, {"test_override.tf": self._override})
        return stack


def _difference(resource: Json) -> str:
    """Return which attributes of a resource a plan would change, for people."""
    change = resource["change"]
    before, after = change["before"] or {}, change["after"] or {}
    unknown = {name for name, part in change["after_unknown"].items() if _is_unknown(part)}
    names = {
        name for name in (before | after).keys() - unknown if before.get(name) != after.get(name)
    }
    # Of what is made anew, all that AWS decides is unknown: what forces it counts instead.
    names |= {path[0] for path in change.get("replace_paths", ())} or unknown
    return f"{change['actions']} {resource['address']}: {sorted(names)}" if names else ""


def _is_unknown(part: Any) -> bool:
    """Whether a plan leaves any part of a value open."""
    if isinstance(part, dict | list):
        return any(map(_is_unknown, part.values() if isinstance(part, dict) else part))
    return bool(part)


def refusal(document: Json) -> str:
    try:
        validate(document)
    except InvalidDocument as error:
        return str(error)
    return ""


def readable(versions: Any) -> list[Json]:
    """Return the versions of a document; what is refused is shown and left out of the walk."""
    given = versions if isinstance(versions, list) else [versions]
    if refusals := [found for each in given if (found := refusal(each))]:
        pytest.skip(f"refused: {refusals[0]}")
    return [documents.unprotected(each) for each in given]


def walk(versions: list[Json], deployment: Deployment) -> None:
    first, last = versions[0], versions[-1]
    deployment.write(validate(first))
    assert {step.action for step in deployment.apply()} <= {"create"}
    assert deployment.differences() == ""
    for version in versions[1:]:
        deployment.write(validate(version))
        deployment.apply()
        assert deployment.differences() == ""
    before = set(deployment.state())
    added = {**last, "components": [*last["components"], ADDED]}
    deployment.write(validate(added))
    assert {step.action for step in deployment.apply()} == {"create"}
    ids = {each["id"]: f"{each['id']}-x"[-40:] for each in added["components"]}
    deployment.write(documents.renamed(added, ids, declare=True))
    assert not [step for step in deployment.apply() if step.is_new]
    assert len(deployment.state()) > len(before)
    for _ in range(2):
        deployment.destroy()
        assert deployment.state() == {}
        assert deployment.apply()
    deployment.destroy()


@pytest.mark.parametrize("versions", walked())
def test_a_document_lives_in_an_emulated_aws(
    terraform: Terraform, store: str, aws_endpoint: str, tmp_path: Path, versions: Any
) -> None:
    walk(readable(versions), EmulatedDeployment(terraform, tmp_path, store, aws_endpoint))


@pytest.mark.parametrize("versions", walked())
def test_a_document_lives_in_an_account(
    today: Terraform, store: str, tmp_path: Path, versions: Any
) -> None:
    walk(readable(versions), Deployment(today, tmp_path, store))
