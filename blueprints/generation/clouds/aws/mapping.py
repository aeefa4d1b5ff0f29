"""What the families of AWS resources share: the registry, references and node building."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, Literal, cast

from blueprints.catalog.clouds.aws.partitions import partition
from blueprints.catalog.documents import (
    CloudValue,
    Component,
    Document,
    Each,
    Join,
    JsonEncode,
    Ref,
    Var,
)
from blueprints.generation.clouds.aws import families, naming
from blueprints.generation.ir import (
    Address,
    Block,
    Json,
    Node,
    Null,
    Reference,
    Template,
    Value,
    VariableReference,
)


@dataclass(frozen=True)
class Context:
    """What a mapping may look at beyond its own component.

    Attributes:
        document: the whole document.
        default_prefix: what resources' names begin with unless a deployment says otherwise; empty
            in a module, which is given one.
        labels: tags that everything gets; the provider adds them to what it makes itself.
        provider: from which of them it is seen, such as the one that makes the component.
    """

    document: Document
    default_prefix: str
    labels: Mapping[str, Value]
    provider: str = ""
    _by_provider: dict[str, Context] = field(default_factory=dict, repr=False, compare=False)

    def at(self, provider: str) -> Context:
        """Return the same seen from another provider."""
        if provider not in self._by_provider:
            self._by_provider[provider] = replace(self, provider=provider)
        return self._by_provider[provider]

    def of(self, component: Component) -> Context:
        """Return the same seen from where a component is made."""
        return self.at(component.provider)

    def component(self, component_id: str) -> Component:
        """Return the component of that id."""
        return self.document.component(component_id)

    def subnets(self, network_id: str, *, public: bool) -> tuple[Component, ...]:
        """Return a network's public or private subnets, by id."""
        return self._subnets.get((network_id, public), ())

    @cached_property
    def _subnets(self) -> Mapping[tuple[str, bool], tuple[Component, ...]]:
        # Asked for by everything that stands in a network, so sought once.
        found: dict[tuple[str, bool], list[Component]] = {}
        for subnet in sorted(self.document.of_type("subnet"), key=lambda each: each.id):
            place = subnet.properties["network"].component, bool(subnet.properties["public"])
            found.setdefault(place, []).append(subnet)
        return {place: tuple(members) for place, members in found.items()}

    def network_of(self, subnet: Ref) -> str:
        """Return the id of the network that a subnet divides."""
        network: Ref = self.component(subnet.component).properties["network"]
        return network.component

    @property
    def known_region(self) -> str:
        """The region for which the document was checked."""
        return self.document.providers[self.provider].region or ""

    def region(self, suffix: str = "") -> Value:
        """Return the name of the region, or of a zone in it whose name ends so."""
        variable = self.document.providers[self.provider].region_variable
        if not variable:
            return f"{self.known_region}{suffix}"
        known_later = VariableReference(variable)
        return Template((known_later, suffix)) if suffix else known_later

    def reads(self, source: Address) -> Address:
        """Return the data source of the account or the region, as the provider reads it."""
        return replace(source, part=self.provider)

    def is_stored(self, source: object) -> bool:
        """Whether a property's value is a secret that is read of a store."""
        if not isinstance(source, Var):
            return False
        return self.document.variables[source.name].stored is not None

    def variable(self, source: Var) -> VariableReference:
        """Refer to a variable, or to the local value that is read of a store in its place."""
        scope: Literal["var", "local"] = "local" if self.is_stored(source) else "var"
        return VariableReference(source.name, path=source.path, scope=scope)

    def partition(self) -> str:
        """Return the AWS partition that the region belongs to, as ARNs spell it."""
        return partition(self.known_region)

    def managed_policy(self, name: str) -> str:
        """Return the ARN of a policy that AWS maintains."""
        return f"arn:{self.partition()}:iam::aws:policy/{name}"


#: Data sources of the account and the region, read where something asks for them; those of a
#: named provider have its name as their part.
CALLER = Address("data", "aws_caller_identity", "current")
ZONES = Address("data", "aws_availability_zones", "available")

Build = Callable[[Component, Context], Iterator[Node]]
AttributeValue = Callable[[Component, Context], Value]


@dataclass(frozen=True, slots=True)
class TypeMapping:
    """How one component type becomes resources.

    Attributes:
        component_type: the type's name.
        category: the family, which names the generated file.
        build: yields the component's nodes, most important arguments first.
        attributes: what each attribute of the type is on AWS. ``id`` must be a reference to
            the component's main resource: explicit dependencies go by it.
        any_attribute: what an attribute is that only the provider knows.
    """

    component_type: str
    category: str
    build: Build
    attributes: Mapping[str, AttributeValue]
    any_attribute: Callable[[Component, str], Value] | None = None

    def attribute(self, component: Component, name: str, context: Context) -> Value:
        """Return what an attribute of a component is on AWS."""
        if self.any_attribute:
            return self.any_attribute(component, name)
        return self.attributes[name](component, context)


@cache
def _registry() -> Mapping[str, TypeMapping]:
    modules = (
        importlib.import_module(f"{families.__name__}.{found.name}")
        for found in pkgutil.iter_modules(families.__path__)
    )
    mappings = (mapping for module in modules for mapping in module.MAPPINGS)
    return {mapping.component_type: mapping for mapping in mappings}


def mapping_for(component_type: str) -> TypeMapping:
    """Return the mapping of a component type; every type of the catalogue has one."""
    return _registry()[component_type]


def primary(component: Component, context: Context) -> Address:
    """Return the address of a component's main resource."""
    main = mapping_for(component.type).attribute(component, "id", context.of(component))
    if not isinstance(main, Reference):
        raise TypeError(f"The id of {component.type} must be a reference.")
    return main.target


def attribute(resource_type: str, *path: str | int) -> AttributeValue:
    """Declare an attribute of a type as one of its resource of the component's own name."""
    return lambda component, _: reference(resource_type, component.id, *path)


def reference(resource_type: str, component_id: str, *path: str | int, part: str = "") -> Reference:
    """Refer to an attribute of a component's resource."""
    return Reference(Address("resource", resource_type, component_id, part), path)


def references(resource_type: str, targets: tuple[Ref, ...], *path: str) -> tuple[Value, ...]:
    """Refer to the same attribute of several components' resources."""
    return tuple(reference(resource_type, target.component, *path) for target in targets)


def value(source: Any, context: Context) -> Value:
    """Turn a property's value into the representation: expressions become references."""
    if isinstance(source, tuple):
        return tuple(value(item, context) for item in source)
    if isinstance(source, Mapping):
        return {name: value(item, context) for name, item in source.items()}
    known_later = _EXPRESSIONS.get(type(source))
    if known_later:
        return known_later(source, context)
    literal: str | int | float | bool | Null = Null() if source is None else source
    return literal


def _attribute_value(source: Ref, context: Context) -> Value:
    target = context.component(source.component)
    named = source.attribute or "id"
    return mapping_for(target.type).attribute(target, named, context.of(target))


def _joined(source: Join, context: Context) -> Value:
    """Return the text of all parts; of a single one the value itself, as Terraform takes it."""
    parts: list[str | Reference | VariableReference] = []
    for part in source.parts:
        match value(part, context):
            case Template(parts=inner):
                parts += inner
            case Reference() | VariableReference() as known_later:
                parts.append(known_later)
            case text:
                parts.append(str(text))
    return parts[0] if len(parts) == 1 else Template(tuple(parts))


_CLOUD_VALUES: Mapping[str, Callable[[Context], Value]] = {
    "account_id": lambda context: Reference(context.reads(CALLER), ("account_id",)),
    "partition": lambda context: context.partition(),
    "region": lambda context: context.region(),
    "zones": lambda context: Reference(context.reads(ZONES), ("names",)),
}

_EXPRESSIONS: Mapping[type, Callable[[Any, Context], Value]] = {
    Var: lambda source, context: context.variable(source),
    Ref: _attribute_value,
    Each: lambda source, _: naming.instance(source.path),
    CloudValue: lambda source, context: _CLOUD_VALUES[source.name](context),
    Join: _joined,
    JsonEncode: lambda source, context: Json(value(source.value, context)),
}


def label(source: Any, context: Context, *, shown: str = "") -> str:
    """Name a property's value in an address: by what it says, or by what it refers to.

    Args:
        source: the value.
        context: where the components are that it may refer to.
        shown: what of a literal people shall read, where that is not all.
    """
    if isinstance(source, Var):
        return naming.part("var", str(source))
    if isinstance(source, Ref):
        identity = context.component(source.component).identity
        return naming.part("ref", identity, source.attribute or "id")
    if isinstance(source, CloudValue | Each):
        return naming.part(type(source).__name__.lower(), str(source))
    if isinstance(source, Join):
        return naming.part("join", *(label(part, context) for part in source.parts))
    return naming.part(str(source), shown=shown)


def optional(component: Component, name: str, context: Context) -> Value | None:
    """Return a property's value, or None where the document leaves it out."""
    found = component.properties.get(name)
    return None if found is None else value(found, context)


def tags(component: Component, part: str = "") -> Mapping[str, Value]:
    """Return a component's own tags with the name that consoles show."""
    shown = f"{component.name} {part}" if part else component.name
    key = naming.instance_key(component)
    text = naming.tag_text(shown)
    name: Value = Template((f"{text} ", key)) if key else text
    return {"Name": name, **labels(component.tags)}


def labels(given: Mapping[str, Any]) -> Mapping[str, Value]:
    """Turn the values of tags into the representation: texts, and variables in them."""
    return {key: _label(text) for key, text in given.items()}


def _label(source: str | Var | Each | Join) -> Value:
    if isinstance(source, Each):
        return naming.instance(source.path)
    if isinstance(source, Var):
        return VariableReference(source.name, path=source.path)
    if isinstance(source, Join):
        parts = [_label(part) if isinstance(part, Var | Each) else part for part in source.parts]
        texts = tuple(cast("str | VariableReference", part) for part in parts)
        return texts[0] if len(texts) == 1 else Template(texts)
    return source


def launched_tags(component: Component, context: Context, part: str = "") -> Mapping[str, Value]:
    """Return the tags of what the cloud makes from a template.

    A change of these replaces machines, so they go by the identity, not by the name that
    people may change. And they are out of the reach of the provider's own tags.
    """
    shown = f"{component.identity} {part}" if part else component.identity
    return {**context.labels, "Name": naming.tag_text(shown), **labels(component.tags)}


def resource(
    resource_type: str,
    component: Component,
    arguments: Mapping[str, Value | None],
    blocks: tuple[Block, ...] = (),
    *,
    part: str = "",
    depends_on: tuple[Address, ...] = (),
    ignore_changes: tuple[str, ...] = (),
    create_before_destroy: bool = False,
) -> Node:
    """Build a resource of a component; arguments that are None are left out."""
    return Node(
        Address("resource", resource_type, component.id, part),
        arguments=given(arguments),
        blocks=blocks,
        depends_on=depends_on,
        ignore_changes=ignore_changes,
        create_before_destroy=create_before_destroy,
    )


def given(arguments: Mapping[str, Value | None]) -> dict[str, Value]:
    """Leave out the arguments that are None."""
    return {name: item for name, item in arguments.items() if item is not None}
