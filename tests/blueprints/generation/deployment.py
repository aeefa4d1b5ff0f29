"""A document's code in a folder, applied by the real Terraform, again and again."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents
from tests.blueprints.generation.state_store import Store
from tests.blueprints.generation.terraform import Terraform, TerraformFailed, write_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from blueprints.catalog.documents import Document
    from blueprints.generation.ir import Stack

_SILENT = frozenset({"noop", "read", "move"})
# What is in the account is what the state says: nobody else changes it.
_QUICK = ("-json", "-refresh=false", "-lock=false")
# Kept in a file, the whole state would be written anew after each resource: half of the time.
_BACKEND = 'terraform {{\n  backend "http" {{\n    address = "{}"\n  }}\n}}\n'


@dataclass(frozen=True)
class Step:
    """What a plan would do to one resource.

    Attributes:
        resource: its type and name, with the modules that it lies in, without the key of an
            instance.
        action: ``create``, ``update``, ``replace`` or ``delete``.
        key: which instance of a repeated one.
    """

    resource: str
    action: str
    key: str | int | None = None

    @property
    def is_new(self) -> bool:
        """Whether what was there before is not there any more, or was not there."""
        return self.action != "update"


class Deployment:
    """One deployment of a blueprint, through its life.

    Args:
        terraform: what runs it.
        folder: where its code stands.
        store: the address of an http backend.
    """

    def __init__(self, terraform: Terraform, folder: Path, store: str) -> None:
        self._terraform = terraform
        self._folder = folder
        self._backend = _BACKEND.format(f"{store}{folder.as_posix()}")
        self._values: dict[str, str] = {}

    def write(self, document: Document) -> Stack:
        """Write a version's code in place of what was there; return its stack."""
        stack = self.stack_of(document)
        for old in self._folder.glob("*.tf"):
            old.unlink()
        shutil.rmtree(self._folder / "modules", ignore_errors=True)
        code = {p: c for p, c in write(stack).items() if p.endswith(".tf")}
        write_files(self._folder, {**code, "state_override.tf": self._backend})
        self._values = documents.values_of(document)
        if not (self._folder / ".terraform").exists():
            self._run("init", "-no-color")
        elif stack.modules:
            self._run("get", "-no-color")
        return stack

    def stack_of(self, document: Document) -> Stack:
        """Return what is written of a document."""
        return documents.stack_of(document)

    def plan(self) -> list[Step]:
        """Say what would be done."""
        return list(_steps(self._events("plan")))

    def apply(self) -> list[Step]:
        """Do it, and say what was done."""
        return list(_steps(self._events("apply", "-auto-approve")))

    def destroy(self) -> None:
        """Take everything away."""
        self._events("destroy", "-auto-approve")

    def state(self) -> dict[str, dict[str, Any]]:
        """Return the attributes of everything there is, by address."""
        content = json.loads(Store.states[self._folder.as_posix()])
        return {
            f"{_inside(found)}{found['type']}.{found['name']}[{instance.get('index_key', '')}]": (
                instance["attributes"]
            )
            for found in content["resources"]
            if found["mode"] == "managed"
            for instance in found["instances"]
        }

    def differences(self) -> str:
        """Look at what there is, and return what differs from the code, for people."""
        shown = self._run("plan", "-no-color", "-detailed-exitcode", expect=(0, 2))
        return "" if "No changes." in shown else shown

    def _events(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a command and return what it reports.

        https://developer.hashicorp.com/terraform/internals/machine-readable-ui

        Raises:
            TerraformFailed: with what went wrong.
        """
        shown = self._run(*arguments, *_QUICK, expect=(0, 1))
        events = [json.loads(line) for line in shown.splitlines()]
        errors = [e["@message"] for e in events if e["@level"] == "error"]
        if errors:
            raise TerraformFailed("\n".join(errors))
        return events

    def _run(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> str:
        return self._terraform.run(self._folder, *arguments, expect=expect, **self._values)


def _inside(resource: Mapping[str, Any]) -> str:
    """Return the beginning of the address of what lies in a module."""
    return f"{resource['module']}." if resource.get("module") else ""


def _steps(events: Iterable[dict[str, Any]]) -> Iterator[Step]:
    for event in events:
        if event["type"] == "planned_change" and event["change"]["action"] not in _SILENT:
            resource = event["change"]["resource"]
            name = f"{resource['resource_type']}.{resource['resource_name']}"
            text = f"{_inside(resource)}{name}"
            yield Step(text, event["change"]["action"], resource["resource_key"])
