"""Files a stack away: which file each part goes to, and what a file looks like."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

from blueprints.generation.ir import Reference, Value, VariableReference
from blueprints.generation.targets.terraform import backends, hcl, variables
from blueprints.generation.targets.terraform.names import node_name, variable_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprints.generation.ir import Node, Output, Provider, Repetition, Stack, Variable

#: The first release with all that the generated code uses; OpenTofu began after it.
REQUIRED_VERSION = ">= 1.5.0"
#: The first one, of both, that locks a state in S3 by a file.
LOCKFILE_VERSION = ">= 1.10.0"
#: The first one, of both, with write-only arguments.
WRITE_ONLY_VERSION = ">= 1.11.0"

HEADER = "# Generated from a blueprint: change the blueprint, not this file.\n"


def write(stack: Stack) -> Mapping[str, str]:
    """Render a stack as the files of one Terraform root module, by path."""
    files = {
        **_module_files(stack),
        "providers.tf": _file(_provider(provider) for provider in stack.providers),
        "terraform.tfvars.example": _example(stack.variables),
        **dict(_environments(stack)),
    }
    return {path: content for path, content in files.items() if content}


def _module_files(stack: Stack) -> dict[str, str]:
    """Render what a stack has alike as a root module and as a module of another."""
    files = {
        "versions.tf": _file([_settings(stack)]),
        "variables.tf": _file(map(variables.declaration, stack.variables)),
        "locals.tf": _file(_locals(stack.locals)),
        "outputs.tf": _file(_output(output) for output in stack.outputs),
        "moved.tf": _file(_moves(stack.nodes)),
        **_nodes(stack),
    }
    for component, module in stack.modules.items():
        inner = _module_files(module)
        files |= {f"{_folder(component)}/{path}": content for path, content in inner.items()}
    return {path: content for path, content in files.items() if content}


def _folder(component: str) -> str:
    return f"modules/{component}"


def _file(blocks: Iterable[str]) -> str:
    parts = list(blocks)
    return "\n".join([HEADER, *parts]) if parts else ""


def _settings(stack: Stack) -> str:
    required: dict[str, Value] = {
        provider.name: {"source": provider.source, "version": provider.version}
        for provider in stack.providers
    }
    nested = [hcl.block("required_providers", required, depth=1)]
    nested += [backends.block(stack.backend)] if stack.backend else []
    return hcl.block("terraform", {"required_version": _required_version(stack)}, nested)


def _required_version(stack: Stack) -> str:
    if any(node.address.kind == "ephemeral" for node in stack.all_nodes()):
        return WRITE_ONLY_VERSION
    has_lockfile = stack.backend is not None and stack.backend.settings.get("use_lockfile")
    return LOCKFILE_VERSION if has_lockfile else REQUIRED_VERSION


def _provider(provider: Provider) -> str:
    header = f"provider {hcl.quoted(provider.name)}"
    alias: dict[str, Value] = {"alias": provider.alias} if provider.alias else {}
    return hcl.block(header, {**alias, **provider.arguments}, hcl.blocks(provider.blocks, 1))


def _locals(values: Mapping[str, Value]) -> Iterator[str]:
    """Render local values, all of them secret."""
    secrets = {
        name: hcl.Code(f"sensitive({hcl.expression(value)})")
        for name, value in sorted(values.items())
    }
    if secrets:
        yield hcl.block("locals", secrets)


def _output(output: Output) -> str:
    arguments: dict[str, Value | hcl.Code] = {"value": output.value}
    if output.description:
        arguments["description"] = output.description
    if output.sensitive:
        arguments["sensitive"] = True
    return hcl.block(f"output {hcl.quoted(output.name)}", arguments)


def _example(inputs: Iterable[Variable]) -> str:
    """List what must be given, ready to be copied and filled in; never a secret's value."""
    asked = [variable for variable in inputs if variables.must_be_given(variable)]
    lines = [hcl.aligned([variables.placeholder(variable)], depth=0) for variable in asked]
    return (
        "\n".join(
            [
                "# Copy to terraform.tfvars and fill in; keep that file out of version control.\n",
                *lines,
            ]
        )
        if asked
        else ""
    )


def _moves(nodes: Iterable[Node]) -> Iterator[str]:
    """Render how nodes came to their addresses, step by step.

    https://developer.hashicorp.com/terraform/language/moved
    """
    for node in sorted(nodes, key=_by_component):
        for old, new in itertools.pairwise((*node.former, node.address)):
            ends = {"from": hcl.Code(hcl.address(old)), "to": hcl.Code(hcl.address(new))}
            yield hcl.block("moved", ends)


def _environments(stack: Stack) -> Iterator[tuple[str, str]]:
    """Render each environment's values, to be given by ``-var-file``."""
    named = {variable.name: variable for variable in stack.variables if not variable.own}
    for environment, values in sorted(stack.environments.items()):
        given = [(named[name], value) for name, value in sorted(values.items())]
        yield f"environments/{environment}.tfvars", HEADER + variables.assignments(given)


def _nodes(stack: Stack) -> dict[str, str]:
    """Render nodes into one file per category, in an order that the document cannot change."""
    categories: defaultdict[str, list[Node]] = defaultdict(list)
    for node in stack.nodes:
        categories[node.category].append(node)
    return {
        f"{category}.tf": _file(_node(node, stack) for node in sorted(members, key=_by_component))
        for category, members in categories.items()
    }


def _by_component(node: Node) -> str:
    # Sorting is stable: the nodes of one component stay as its mapping ordered them.
    return node.address.component


def _node(node: Node, stack: Stack) -> str:
    if node.address.kind == "module":
        return _module(node, stack.modules[node.address.component])
    name = hcl.quoted(node_name(node.address))
    header = f"{node.address.kind} {hcl.quoted(node.address.type)} {name}"
    nested = [*hcl.blocks(node.blocks, 1), *_lifecycle(node), *_dependencies(node)]
    arguments = {**_repetition(node.repetition), **_made_by(node), **node.arguments}
    return hcl.comment(node.comments) + hcl.block(header, arguments, nested)


def _module(node: Node, module: Stack) -> str:
    """Render the use of a module: the generator's own variables are passed on as they are."""
    named = {each.name: variable_name(each) for each in module.variables if not each.own}
    given = {named.get(name, name): value for name, value in node.arguments.items()}
    own = (each.name for each in module.variables if each.own)
    passed = {name: VariableReference(name, own=True) for name in own if name not in given}
    arguments = {
        "source": f"./{_folder(node.address.component)}",
        **_providers_of(node),
        **passed,
        **given,
    }
    header = f"module {hcl.quoted(node_name(node.address))}"
    return hcl.comment(node.comments) + hcl.block(header, arguments, _dependencies(node))


def _providers_of(module: Node) -> dict[str, Value | hcl.Code]:
    plugin = module.address.type
    alias = hcl.Code(f"{{\n    {plugin} = {plugin}.{module.provider}\n  }}")
    return {"providers": alias} if module.provider else {}


def _repetition(repetition: Repetition | None) -> dict[str, Value | hcl.Code]:
    """Render how often a node is made, which a reader wants to know first."""
    if repetition is None:
        return {}
    found = hcl.expression(repetition.value, 1)
    if repetition.kind == "when":
        return {"count": hcl.Code(f"{found} ? 1 : 0")}
    keys = f"toset({found})" if repetition.is_list else found
    return {repetition.kind: hcl.Code(keys)}


def _made_by(node: Node) -> dict[str, Value | hcl.Code]:
    plugin = node.address.type.partition("_")[0]
    return {"provider": hcl.Code(f"{plugin}.{node.provider}")} if node.provider else {}


def _dependencies(node: Node) -> list[str]:
    targets = tuple(Reference(target, ()) for target in dict.fromkeys(node.depends_on))
    line = hcl.Assignment("depends_on", hcl.expression(targets, 1))
    return [hcl.aligned([line], 1)] if targets else []


def _lifecycle(node: Node) -> list[str]:
    arguments: dict[str, Value | hcl.Code] = {}
    if node.create_before_destroy:
        arguments["create_before_destroy"] = True
    if node.prevent_destroy:
        arguments["prevent_destroy"] = True
    if node.ignore_changes:
        arguments["ignore_changes"] = hcl.Code(f"[{', '.join(node.ignore_changes)}]")
    return [hcl.block("lifecycle", arguments, depth=1)] if arguments else []
