"""Reduces providers' schemas to the types that the generator writes.

They are published as classes in the wheels of CDK for Terraform, with every argument and its type:

    pip download --no-deps cdktf-cdktf-provider-aws cdktf-cdktf-provider-random \
        cdktf-cdktf-provider-vault -d wheels
    python -m tests.blueprints.generation.reduce_schema wheels/*.whl
"""

from __future__ import annotations

import ast
import json
import re
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.blueprints.generation import documents
from tests.blueprints.generation.provider_schema import DATA
from tests.blueprints.generation.terraform import Terraform

ABOUT = (
    "Arguments of the types that the generator writes, reduced from the providers' published "
    "schemas. attributes: name -> [type, required, members of a list of objects]; "
    "computed: can be read, not set: name -> type, or the members of the objects in a list; "
    "filled: AWS chooses a value where none is given."
)
# What Terraform itself knows of every resource.
_META = frozenset(
    ("connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners")
)
_NOT_READ = frozenset(
    (
        "cdktf_path",
        "creation_stack",
        "fqn",
        "friendly_unique_id",
        "internal_value",
        "node",
        "raw_overrides",
    )
)
# Names that Python or the kit keeps for itself, and what the provider calls them.
_RENAMED = {"self_attribute": "self", "fetch_password_data": "get_password_data"}
_SIMPLE = {"builtins.str": "string", "jsii.Number": "number", "builtins.bool": "boolean"}
_ANYTHING = "typing.Any"  # blocks that lie in each other without end
_OLDER = {"resource": "resource_schemas", "data": "data_source_schemas"}
# What the provider calls an argument: the kit loses underscores before digits.
_DOCUMENTED = re.compile(r":param (\w+): .*?/docs/[^ #]+#(\w+) ")
_SOURCE = re.compile(r"registry\.terraform\.io/providers/([\w-]+/[\w-]+)/([\d.]+)/docs")


@dataclass(frozen=True)
class Bindings:
    """The bindings of one provider, inside a wheel."""

    wheel: Path

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        with zipfile.ZipFile(self.wheel) as archive:
            modules = [n for n in archive.namelist() if re.fullmatch(r"\w+/\w+/__init__\.py", n)]
            return {n.split("/")[1]: archive.read(n).decode() for n in modules}

    @cached_property
    def provider(self) -> tuple[str, str]:
        """The source and the version of the provider that they were made from."""
        found = _SOURCE.search(self._texts["provider"])
        assert found
        return found[1], found[2]

    @property
    def name(self) -> str:
        """What the types of the provider begin with."""
        return self.provider[0].split("/")[1]

    def schema(self, kind: str, type_: str) -> dict[str, Any] | None:
        """Return the reduced schema of a type, or None where these bindings lack it."""
        prefix, _, rest = type_.partition("_")
        if prefix != self.name:
            return None
        module = f"data_{type_}" if kind == "data" else rest
        return _reduced(ast.parse(self._texts[module]))


Classes = Mapping[str, ast.ClassDef]


def _reduced(module: ast.Module) -> dict[str, Any]:
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    main = next(iter(classes))
    return _body(main, main, classes, without=_META)


def _body(
    name: str, shown: str, classes: Classes, without: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Reduce a resource or a block: one class says what it takes, one what can be read of it."""
    made = _method(classes[name], "__init__")
    about = ast.get_docstring(made) or ""
    names = dict(_DOCUMENTED.findall(about))
    body: dict[str, Any] = {"attributes": {}, "blocks": {}, "computed": {}}
    for argument in sorted(made.args.kwonlyargs, key=lambda found: found.arg):
        if argument.arg not in without and argument.annotation is not None:
            text = ast.unparse(argument.annotation)
            is_block = f":param {argument.arg}: {_named(argument.arg)} block." in about
            is_block = is_block and text != _ANYTHING
            place = body["blocks" if is_block else "attributes"]
            place[names.get(argument.arg, _named(argument.arg))] = _member(text, is_block, classes)
    known = {*body["attributes"], *body["blocks"]}
    read = {names.get(name, name): kind for name, kind in _read(shown, classes).items()}
    body["computed"] = {name: kind for name, kind in read.items() if name not in known}
    return body


def _member(text: str, is_block: bool, classes: Classes) -> Any:
    if text == _ANYTHING:
        return ["any", False]
    required = not text.startswith("typing.Optional[")
    below = re.search(r"'(\w+)'", text)
    if below is None:
        return [_simple(text), required]
    inner = _body(below[1], f"{below[1]}OutputReference", classes)
    if not is_block:
        return ["list(object)", required, inner["attributes"]]
    nesting = "list" if "typing.Sequence" in text else "single"
    return {"nesting": nesting, "required": required, **inner}


def _read(name: str, classes: Classes) -> dict[str, Any]:
    """Say what can be read of a resource or block, by name."""
    found = {}
    for node in classes[name].body:
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            is_property = "builtins.property" in map(ast.unparse, node.decorator_list)
            if is_property and not node.name.endswith("_input") and node.name not in _NOT_READ:
                found[_named(node.name)] = _shown(ast.unparse(node.returns).strip("'"), classes)
    return found


def _shown(text: str, classes: Classes) -> Any:
    if text.endswith("List") and text in classes:
        return _read(f"{text.removesuffix('List')}OutputReference", classes)
    return _simple(text)


def _method(node: ast.ClassDef, name: str) -> ast.FunctionDef:
    return next(n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == name)


def _with_nesting(body: dict[str, Any], older: Mapping[str, Any]) -> dict[str, Any]:
    """Add what the bindings do not say: which lists are sets, and which gaps AWS fills in.

    It is read from the provider of 2021; later types keep lists, and their gaps stay empty.
    """
    known, known_blocks = older.get("attributes", {}), older.get("block_types", {})
    for name, attribute in body["attributes"].items():
        before = known.get(name, {})
        if isinstance(before.get("type"), list) and before["type"][0] == "set":
            attribute[0] = attribute[0].replace("list", "set")
    body["filled"] = sorted(n for n in body["attributes"] if known.get(n, {}).get("computed"))
    for name, block in body["blocks"].items():
        before = known_blocks.get(name, {})
        if before.get("nesting_mode") == "set" and block["nesting"] == "list":
            block["nesting"] = "set"
        _with_nesting(block, before.get("block", {}))
    return body


def _named(name: str) -> str:
    return _RENAMED.get(name, name.rstrip("_"))


def _simple(text: str) -> str:
    if text == "_cdktf_9a9027ec.IResolvable":
        return "boolean"  # of a switch that can only be read
    if "typing.Sequence" in text or "typing.List" in text:
        return "list"
    if "typing.Mapping" in text or "Map" in text:
        return "map"
    return next((name for python, name in _SIMPLE.items() if python in text), "string")


def reduced(wheels: list[Path], older: Mapping[str, Any]) -> dict[str, Any]:
    """Reduce the providers in wheels to the types of all documents that generation is tried on.

    Args:
        wheels: the bindings, one wheel for each provider.
        older: the schema of the AWS provider of 2021.
    """
    names = (*documents.NAMES, documents.STORED)
    stacks = [documents.stack_of(documents.load(name)) for name in names]
    # Ephemeral resources are in no bindings.
    nodes = [n for stack in stacks for n in stack.nodes if n.address.kind in _OLDER]
    bindings = [Bindings(wheel) for wheel in wheels]
    found: dict[str, dict[str, Any]] = {"resource": {}, "data": {}}
    for kind, type_ in sorted({(node.address.kind, node.address.type) for node in nodes}):
        body = next(filter(None, (binding.schema(kind, type_) for binding in bindings)))
        former = type_.replace("aws_s3_object", "aws_s3_bucket_object")
        before = older[_OLDER[kind]].get(former, {}).get("block", {})
        found[kind][type_] = _with_nesting(body, before)
    return {
        "about": ABOUT,
        "providers": dict(b.provider for b in bindings if b.name in _providers(found)),
        "resources": found["resource"],
        "data": found["data"],
    }


def _providers(found: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {type_.partition("_")[0] for types in found.values() for type_ in types}


def written(content: Mapping[str, Any]) -> str:
    """Write a type a line, so that a change of one is seen as such."""
    lines = [f'"{name}": {json.dumps(content[name])}' for name in ("about", "providers")]
    for name in ("resources", "data"):
        types = (
            f'    "{t}": {json.dumps(s, separators=(",", ":"))}' for t, s in content[name].items()
        )
        lines.append(f'"{name}": {{\n' + ",\n".join(types) + "\n  }")
    return "{\n  " + ",\n  ".join(lines) + "\n}\n"


def main() -> None:
    """Write the data that the tests read."""
    with TemporaryDirectory() as home:
        older = Terraform.install(Path(home)).provider_schema
    DATA.write_text(written(reduced([Path(argument) for argument in sys.argv[1:]], older)))


if __name__ == "__main__":
    main()
