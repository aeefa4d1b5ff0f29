"""Puts the resources of all components together with what surrounds them."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from blueprints.catalog import prefixes, provider_schemas
from blueprints.catalog.clouds.regions import clouds, partition
from blueprints.catalog.documents import Ref, Var, attributes, relations
from blueprints.catalog.documents.limits import KEY_PATTERN
from blueprints.catalog.documents.value_types import Constraints, ValueType
from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.adjustments import with_overrides
from blueprints.generation.clouds.aws.existing import read_existing
from blueprints.generation.clouds.aws.mapping import (
    CALLER,
    ZONES,
    Context,
    labels,
    mapping_for,
    primary,
    value,
)
from blueprints.generation.clouds.aws.name_rules import require_names_of_their_own
from blueprints.generation.clouds.aws.repetition import apply_repetition
from blueprints.generation.clouds.aws.stores import stored
from blueprints.generation.ir import (
    Block,
    Node,
    Output,
    Provider,
    Reference,
    Stack,
    Variable,
    VariableReference,
    block_values,
    edges,
    references,
)
from blueprints.generation.ordering import add_dependencies
from blueprints.generation.secrecy import hide_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprints.catalog import documents
    from blueprints.catalog.component_types import Attribute
    from blueprints.generation.ir import Address, Value
    from blueprints.generation.origin import Origin

#: The provider whose schema every resource is checked against in tests.
PROVIDER_VERSION = "~> 6.25"
#: What data sources of the account and the region are asked for.
_READ: Mapping[Address, Mapping[str, Value]] = {CALLER: {}, ZONES: {"state": "available"}}
#: What modules are given in variables of the generator's own.
_MODULE_VARIABLES: Mapping[str, str] = {
    naming.LABELS_VARIABLE: "The tags of everything, for what is made out of the provider's reach.",
    naming.TAGS_VARIABLE: "The tags of the module, as far as its blueprint does not know them.",
}
#: Only stacks that make up secrets need it.
RANDOM_PROVIDER = Provider("random", "hashicorp/random", "~> 3.7")
#: Its address and what signs in come from the environment of whoever runs Terraform.
VAULT_PROVIDER = Provider("vault", "hashicorp/vault", "~> 5.6")


def build(document: documents.Document, origin: Origin) -> Stack:
    """Turn a valid document into a stack for AWS.

    Raises:
        NameCollision: two resources would have one name.
    """
    context = Context(document, origin.prefix, {**labels(document.tags), **_labels(origin)})
    stack = _stack(context)
    require_names_of_their_own(stack.nodes, document.providers, stack.modules)
    return stack


def _stack(context: Context) -> Stack:
    document = context.document
    modules = {each.id: _module(each, context) for each in document.of_type("module")}
    built = (_with_labels(node, modules, context) for node in _nodes(context))
    nodes, outputs = apply_repetition(built, _outputs(context), context)
    nodes, outputs = read_existing(nodes, outputs, context)
    nodes, locals_ = stored(nodes, context)
    nodes = (*nodes, *_cloud_values(nodes, outputs))
    return Stack(
        providers=tuple(_providers(nodes, context)),
        variables=tuple(_variables(nodes, context)),
        nodes=add_dependencies(nodes),
        outputs=_without_secrets(nodes, outputs, modules, context),
        environments=document.environments,
        backend=document.backend,
        locals=locals_,
        modules=modules,
    )


def _module(component: documents.Component, context: Context) -> Stack:
    """Turn a module's document into a stack, which is given the tags of everything and its own."""
    document = _tagged(relations.apply(component.properties["document"]).document, component.tags)
    given = {
        key: VariableReference(naming.LABELS_VARIABLE, own=True, path=(key,))
        for key in context.labels
    }
    return _stack(Context(document, "", given))


def _tagged(document: documents.Document, tags: Mapping[str, Any]) -> documents.Document:
    """Give all that is in a module its tags; those that are known later are given to it."""
    given = {key: Var(naming.TAGS_VARIABLE, (key,)) for key in _known_later(tags)}
    components = (
        dataclasses.replace(each, tags={**tags, **given, **each.tags})
        for each in document.components
    )
    return dataclasses.replace(document, components=tuple(components))


def _known_later(tags: Mapping[str, Any]) -> dict[str, Any]:
    return {key: text for key, text in tags.items() if not isinstance(text, str)}


def _with_labels(node: Node, modules: Mapping[str, Stack], context: Context) -> Node:
    """Tell a module the tags that something in it asks for."""
    if node.address.kind != "module":
        return node
    name = node.address.component
    own = labels(_known_later(context.component(name).tags))
    given = {naming.LABELS_VARIABLE: context.labels, naming.TAGS_VARIABLE: own}
    asked = {each.name: given[each.name] for each in modules[name].variables if each.name in given}
    return dataclasses.replace(node, arguments={**node.arguments, **asked})


def _nodes(context: Context) -> Iterator[Node]:
    dependencies = _explicit_dependencies(context)
    for component in context.document.components:
        mapping = mapping_for(component.type)
        main, here = primary(component, context), context.of(component)
        for node in mapping.build(component, here):
            is_main = node.address == main
            later = dependencies[component.id] if is_main else ()
            yield dataclasses.replace(
                with_overrides(node, component, here, is_main=is_main),
                category=mapping.category,
                depends_on=(*node.depends_on, *later),
                former=_former(node.address, component),
                provider=component.provider if _is_of_aws(node) else "",
            )


def _is_of_aws(node: Node) -> bool:
    return node.address.type.partition("_")[0] == "aws"


def _explicit_dependencies(context: Context) -> Mapping[str, tuple[Address, ...]]:
    """Return what each component waits for because the document says so, by its id."""
    targets: defaultdict[str, set[str]] = defaultdict(set)
    for relation in context.document.relations:
        if relation.type == "depends_on":
            targets[relation.source].add(relation.target)
    return {
        component.id: tuple(
            primary(context.component(target), context)
            for target in sorted(targets.get(component.id, ()))
        )
        for component in context.document.components
    }


def _former(address: Address, component: documents.Component) -> tuple[Address, ...]:
    """Return where a resource was while its component had other ids."""
    if address.kind == "data":
        return ()
    former = (old for old in component.moved_from if old != component.id)
    return tuple(dataclasses.replace(address, component=old) for old in former)


def _labels(origin: Origin) -> dict[str, str]:
    return {
        "project": naming.tag_text(origin.project),
        "blueprint": naming.tag_text(origin.prefix),
        "managed-by": "terraform",
    }


def _providers(nodes: Iterable[Node], context: Context) -> Iterator[Provider]:
    labels = Block("default_tags", {"tags": context.labels})
    for name, given in sorted(context.document.providers.items()):
        role = value(given.assume_role, context)
        assumed = (Block("assume_role", {"role_arn": role}),) if given.assume_role else ()
        yield Provider(
            "aws",
            "hashicorp/aws",
            PROVIDER_VERSION,
            {"region": context.at(name).region()},
            (*assumed, labels),
            alias=name,
        )
    if any(node.address.type.startswith("random_") for node in nodes):
        yield RANDOM_PROVIDER
    if any(node.address.type.startswith("vault_") for node in nodes):
        yield VAULT_PROVIDER


def _variables(nodes: Iterable[Node], context: Context) -> Iterator[Variable]:
    yield Variable(
        naming.PREFIX_VARIABLE,
        ValueType("string"),
        description="What the names of all resources begin with; another one for each deployment.",
        default=context.default_prefix or None,
        own=True,
        pattern=prefixes.PREFIX_PATTERN,
        forbidden=naming.RESERVED_PREFIX_PATTERN,
        rule=naming.PREFIX_RULE,
        constraints=Constraints(max_length=prefixes.MAX_PREFIX),
    )
    asked = {each.name for node in nodes for each in _variables_in(node)}
    for name, description in sorted(_MODULE_VARIABLES.items()):
        if name in asked:
            yield Variable(
                name, ValueType("map", ValueType("string")), description=description, own=True
            )
    keys = frozenset(_key_variables(context))
    for _, variable in sorted(context.document.variables.items()):
        if variable.stored:
            continue  # read of its store, and asked of nobody
        yield Variable(
            variable.name,
            variable.value_type,
            description=variable.description,
            default=None if variable.secret else variable.default,
            sensitive=variable.secret,
            constraints=_constraints(variable, context),
            nullable=variable.nullable,
            key_pattern=KEY_PATTERN,
            key_paths=tuple(sorted(each.path for each in keys if each.name == variable.name)),
        )


def _variables_in(node: Node) -> Iterator[VariableReference]:
    for given in block_values(node.arguments, node.blocks):
        for found in references(given):
            if isinstance(found, VariableReference):
                yield found


def _key_variables(context: Context) -> Iterator[Var]:
    """Yield the variables, or attributes of them, that hold the keys of repeated components."""
    for component in context.document.components:
        repeat = component.repeat
        source = repeat.value if repeat and repeat.kind == "for_each" else None
        if isinstance(source, Var):
            yield source


def _constraints(variable: documents.Variable, context: Context) -> Constraints:
    """Keep a variable that decides the region to regions for which the document was checked."""
    document = context.document
    if variable.name not in document.region_variables or variable.constraints.allowed_values:
        return variable.constraints
    home = partition(document.cloud, document.region)
    regions = (r for r in clouds()[document.cloud].regions if partition(document.cloud, r) == home)
    return dataclasses.replace(variable.constraints, allowed_values=tuple(regions))


def _cloud_values(nodes: Iterable[Node], outputs: Iterable[Output]) -> Iterator[Node]:
    """Read of the account and the region what something asks for."""
    asked: set[Address] = {target for node in nodes for target in edges(node)}
    asked |= {
        found.target
        for output in outputs
        for found in references(output.value)
        if isinstance(found, Reference)
    }
    for target in sorted(asked, key=lambda each: (each.type, each.part)):
        arguments = _READ.get(dataclasses.replace(target, part=""))
        if arguments is not None:
            yield Node(target, category="data", arguments=arguments, provider=target.part)


def _without_secrets(
    nodes: Iterable[Node],
    outputs: Iterable[Output],
    modules: Mapping[str, Stack],
    context: Context,
) -> tuple[Output, ...]:
    variables = context.document.variables
    raw = {each.id for each in context.document.components if each.type == attributes.RAW}
    hidden = {
        (name, output.name)
        for name, stack in modules.items()
        for output in stack.outputs
        if output.sensitive
    }

    def is_secret(found: Reference | VariableReference) -> bool:
        if isinstance(found, VariableReference):
            return found.name in variables and variables[found.name].secret
        if found.target.kind == "module":
            return (found.target.component, *found.path) in hidden
        return any(_is_secret_attribute(found.target, step) for step in found.path[:1])

    return hide_secrets(
        (_with_plain_inputs(node, modules) for node in nodes),
        outputs,
        is_secret=is_secret,
        is_opaque=lambda address: address.kind == "module" or address.component in raw,
    )


def _with_plain_inputs(node: Node, modules: Mapping[str, Stack]) -> Node:
    """Leave out what a module is given for secret variables: its stack says where that shows."""
    if node.address.kind != "module":
        return node
    secret = {each.name for each in modules[node.address.component].variables if each.sensitive}
    plain = {name: value for name, value in node.arguments.items() if name not in secret}
    return dataclasses.replace(node, arguments=plain)


def _is_secret_attribute(address: Address, name: str | int) -> bool:
    body = provider_schemas.resource("aws", address.type)
    return body is not None and attributes.is_secret(str(name), body)


def _outputs(context: Context) -> Iterator[Output]:
    for name, source in sorted(context.document.outputs.items()):
        yield _output(name, source, context)


def _output(name: str, source: documents.Expression, context: Context) -> Output:
    return Output(name, value(source, context), _meaning(source, context))


def _meaning(source: documents.Expression, context: Context) -> str:
    if isinstance(source, Var):
        return context.document.variables[source.name].description
    if isinstance(source, Ref):
        component = context.component(source.component)
        about = _attribute(source, context).description
        return f"{component.name}: {about}" if about else ""
    return ""


def _attribute(source: Ref, context: Context) -> Attribute:
    component = context.component(source.component)
    known = attributes.of_type(component.type, component.properties, context.document.cloud)
    return known[source.attribute or "id"]
