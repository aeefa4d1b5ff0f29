"""Several documents under one run of Terraform, each a module: starting it costs the most."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprints.generation.targets.terraform import write
from blueprints.generation.targets.terraform.names import node_name
from tests.blueprints.generation import documents
from tests.blueprints.generation.terraform import Terraform, write_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from blueprints.catalog.documents import Document
    from blueprints.generation.ir import Address, Stack

NOTHING = ["no-op"]
READ = ["read"]


@dataclass(frozen=True)
class Change:
    """What a plan would do to one resource.

    Attributes:
        module: the module it belongs to.
        address: the node of the module's stack; None for one that the stack no longer has.
        actions: such as ``["update"]`` or ``["create", "delete"]``.
        name: the whole address, for people.
    """

    module: str
    address: Address | None
    actions: tuple[str, ...]
    name: str

    @property
    def is_new(self) -> bool:
        """Whether what it was before is gone: whoever refers to it must change too."""
        return self.actions != ("update",)


@dataclass(frozen=True)
class Modules:
    """A root module, and below it one for each document.

    Attributes:
        terraform: what runs it.
        folder: where it stands.
    """

    terraform: Terraform
    folder: Path

    def write(self, found: Mapping[str, Document]) -> dict[str, Stack]:
        """Write the documents' code, each under the name of its module; return the stacks."""
        stacks = {name: documents.stack_of(d, prefix=_prefix(name)) for name, d in found.items()}
        calls = []
        for name, stack in stacks.items():
            write_files(self._emptied(name), write(stack))
            calls.append(_call(name, documents.values_of(found[name])))
        write_files(self.folder, {"main.tf": "\n".join(calls)})
        return stacks

    def _emptied(self, name: str) -> Path:
        place = self.folder / name
        for old in place.glob("*"):
            old.unlink()
        return place

    def init(self) -> None:
        """Prepare the folder."""
        self.terraform.run(self.folder, "init", "-no-color")

    def apply(self) -> None:
        """Make everything as the code says."""
        self.terraform.run(self.folder, "apply", "-no-color", "-auto-approve")

    def destroy(self) -> None:
        """Take everything away."""
        self.terraform.run(self.folder, "destroy", "-no-color", "-auto-approve", "-refresh=false")

    def differences(self) -> str:
        """Plan, and return what differs, for people; empty if nothing does."""
        arguments = ("plan", "-no-color", "-detailed-exitcode")
        shown = self.terraform.run(self.folder, *arguments, expect=(0, 2))
        return "" if "No changes." in shown else shown[shown.index("Terraform will perform") :]

    def plan(self, stacks: Mapping[str, Stack]) -> list[Change]:
        """Plan, and return what would be done."""
        self.terraform.run(self.folder, "plan", "-no-color", "-out=plan")
        shown = json.loads(self.terraform.run(self.folder, "show", "-json", "plan"))
        return list(_changes(shown, stacks))

    def apply_plan(self) -> None:
        """Do what was planned."""
        self.terraform.run(self.folder, "apply", "-no-color", "plan")


def _prefix(name: str) -> str:
    return name.replace("_", "-")[:15].rstrip("-")


def _call(name: str, values: Mapping[str, str]) -> str:
    arguments = [f"  {variable} = {_literal(text)}" for variable, text in values.items()]
    return "\n".join([f'module "{name}" {{', f'  source = "./{name}"', *arguments, "}\n"])


def _literal(text: str) -> str:
    return text if text.startswith("[") else json.dumps(text)


def _changes(plan: Mapping[str, Any], stacks: Mapping[str, Stack]) -> Iterator[Change]:
    nodes = {
        (module, node.address.type, node_name(node.address)): node.address
        for module, stack in stacks.items()
        for node in stack.nodes
    }
    for change in plan["resource_changes"]:
        actions = change["change"]["actions"]
        if change["mode"] == "managed" and actions not in (NOTHING, READ):
            module = change["module_address"].removeprefix("module.")
            address = nodes.get((module, change["type"], change["name"]))
            yield Change(module, address, tuple(actions), change["address"])
