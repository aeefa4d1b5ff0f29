"""Modules: a version of another blueprint as a component.

As documents never change and carry their own modules (:mod:`.carried`), there are no circles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Path, Problem, pointer, quoted

from . import conformance, module_inputs
from .attributes import MODULE, of_outputs
from .carried import carried
from .errors import InvalidDocument
from .expressions import Ref, Var, parts_of, variables_at
from .limits import MAX_MODULE_DEPTH
from .providers import unknown_provider
from .reading import Read, Use, read_properties
from .tags import with_defaults
from .variables import problems as variable_problems
from .variables import read as read_variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .model import Document, Provider, Variable

Json = Mapping[str, Any]
Validate = Callable[[Json, tuple[str, ...], Json], "Document"]

_REGION = "region"
#: Warnings that only the author of a blueprint can do anything about, or that are said once.
_OF_AUTHORS = frozenset({"unsupported-cloud", "unused-variable"})
#: What a document says of a deployment of its own, not of a module.
_OF_ROOTS = ("backend", "environments", "layout")
_NOT_OF_MODULES = ("overrides", "lifecycle")


@dataclass(slots=True)
class ModuleReader:
    """Reads the modules of one document.

    Attributes:
        document: the document that has them.
        variables: its variables.
        providers: its providers.
        environments: what each of its environments gives variables.
        within: the identities of the modules that it lies in.
        tags: those that everything in the document gets.
        validate: checks the document of a module, which gets tags.
        faults: what is wrong so far, in the document too.
        warnings: what authors should know, of the document too.
        checked: what is wrong with the shape of each version, by its place in memory.
        is_too_deep: whether modules lie too deep in each other, which is said once.
    """

    document: Json
    variables: Mapping[str, Variable]
    providers: Mapping[str, Provider]
    environments: Mapping[str, Json]
    within: tuple[str, ...]
    tags: Json
    validate: Validate
    faults: list[Problem]
    warnings: list[Problem]
    checked: dict[int, list[Problem]] = field(default_factory=dict)
    is_too_deep: bool = False

    def read(self, component: Json, path: Path) -> Read | None:
        """Return a module's properties, with its ``document``, and the expressions in them.

        Args:
            component: of the right shape.
            path: where it stands.
        """
        place, inner = (*path, "properties"), carried(component, self.document)
        name = component.get("provider", "")
        provider = self.providers.get(name)
        problems = list(self._misplaced(component, path))
        if provider is None:
            problems.append(unknown_provider(name, path, self.providers))
        if inner is None:
            message = "There is no such version of a blueprint, or you may not see it."
            problems.append(Problem.error((*place, "blueprint"), message, "unknown-blueprint"))
        else:
            problems += self._unfit(inner, (*place, "version"))
        self._note(problems)
        if problems or inner is None or provider is None or provider.region is None:
            return None
        return self._read(inner, component, path, provider)

    def _note(self, problems: Iterable[Problem]) -> None:
        """Keep problems, and of all modules that lie too deep only the first: they multiply."""
        for problem in problems:
            if problem.code == "too-deep":
                if self.is_too_deep:
                    continue
                self.is_too_deep = True
            self.faults.append(problem)

    def _misplaced(self, component: Json, path: Path) -> Iterator[Problem]:
        for member in _NOT_OF_MODULES:
            if component.get(member):
                message = f"A module takes no {member}: its blueprint says what its components are."
                yield Problem.error((*path, member), message)

    def _unfit(self, inner: Json, path: Path) -> Iterator[Problem]:
        if len(self.within) >= MAX_MODULE_DEPTH:
            message = f"Modules lie at most {MAX_MODULE_DEPTH} deep in each other."
            yield Problem.error(path, message, "too-deep")
            return
        for problem in self._broken(inner):
            yield inside(problem, path)
        if inner.get("cloud") != self.document.get("cloud"):
            yield Problem.error(path, f"It is a blueprint for {quoted(inner.get('cloud'))}.")
        if inner.get("providers"):
            message = "It has providers of its own; a module is made by one."
            yield Problem.error(path, message)

    def _broken(self, inner: Json) -> list[Problem]:
        """Return what is wrong with a version by today's rules, found out once for all its uses."""
        if id(inner) not in self.checked:  # the document keeps it alive
            shape = list(conformance.document_problems(inner))
            self.checked[id(inner)] = shape or list(_variable_problems(inner))
        return self.checked[id(inner)]

    def _read(self, inner: Json, component: Json, path: Path, provider: Provider) -> Read | None:
        inputs: Json = component["properties"].get("inputs", {})
        # What is not written cannot be pointed at.
        member = ("inputs",) if "inputs" in component["properties"] else ()
        place = (*path, "properties", *member)
        placed, decides = _placed(inner, provider)
        declared = {name: read_variable(name, each) for name, each in placed["variables"].items()}
        asked = {n: each for n, each in declared.items() if n != decides and not each.stored}
        schema = module_inputs.schema(asked)
        problems = list(conformance.value_problems(schema, inputs, place))
        if problems:
            self.faults += problems
            return None
        typed, found_uses = read_properties(inputs, schema, place)
        uses = tuple(module_inputs.in_its_place(use, asked) for use in found_uses)
        self.faults += module_inputs.collection_problems(uses, asked, self.variables)
        self.warnings += _stored_warnings(uses, self.variables)
        identity = (component.get("moved_from") or [component["id"]])[0]
        tags = with_defaults(component.get("tags", {}), self.tags)
        known = module_inputs.known(typed, asked, self.variables)
        regions = {decides: Var(provider.region_variable)} if provider.region_variable else {}
        environments = module_inputs.of_environments(
            {**typed, **regions}, declared, self.variables, self.environments
        )
        judged = {**_given(placed, typed, known), "environments": environments}
        found = self._validated(judged, component, path, (*self.within, identity), tags)
        if found is None:
            return None
        self.faults += _late_problems(uses, deciding(found))
        document = replace(found, variables=MappingProxyType(declared), environments={})
        given = component["properties"]
        # Found out once: what refers to the module, and modules around it, ask again and again.
        outputs = of_outputs(document)
        read = {**given, "inputs": typed, "document": document, "attributes": outputs}
        return MappingProxyType(read), uses

    def _validated(
        self, document: Json, component: Json, path: Path, within: tuple[str, ...], tags: Json
    ) -> Document | None:
        """Check what is in a module as if it were written here, with the inputs that are known."""
        given = component["properties"].get("inputs", {})
        try:
            found = self.validate(document, within, tags)
        except InvalidDocument as error:
            self._note(self._in_module(each, path, document, given) for each in error.problems)
            return None
        warnings = (each for each in found.warnings if each.code not in _OF_AUTHORS)
        self.warnings += (self._in_module(each, path, document, given) for each in warnings)
        return found

    def _in_module(self, problem: Problem, path: Path, document: Json, given: Json) -> Problem:
        """Point at the input or the environment's value that is wrong, or else at the version.

        Args:
            problem: in the module.
            path: where the module stands.
            document: of the module, with its inputs as defaults.
            given: the inputs.
        """
        match problem.path:
            case ("environments", str(environment), "values", str(name), *_) if name in given:
                values = self.environments[environment]
                found = next(each for each in variables_at((name,), given) if each in values)
                message = f"In the module at {pointer(path)}: {problem.message}"
                value = ("environments", environment, "values", found)
                return replace(problem, path=value, message=message)
        name = _variable_at(problem, document)
        place = ("inputs", name) if name in given else ("version",)
        return inside(problem, (*path, "properties", *place))


def _variable_problems(document: Json) -> Iterator[Problem]:
    """Inputs are compared with variables, which have to be right by today's rules first."""
    for name, each in document.get("variables", {}).items():
        yield from variable_problems(each, ("variables", name))


def inside(problem: Problem, path: Path) -> Problem:
    """Say where the module stands that has a problem within."""
    return replace(problem, path=path, message=f"In it, at {problem.pointer}: {problem.message}")


def _variable_at(problem: Problem, document: Any) -> str:
    """Return the variable whose value is wrong; empty if it is no variable's."""
    section, name, *rest = (*problem.path, "", "")
    if section == "variables" and rest[:1] == ["default"]:
        return str(name)
    return next(variables_at(problem.path, document), "")


def _placed(inner: Json, provider: Provider) -> tuple[dict[str, Any], str]:
    """Return a module's document where a provider makes it, and the variable for the region."""
    variables = {name: dict(each) for name, each in inner.get("variables", {}).items()}
    given = inner["region"]
    decides = given["var"] if isinstance(given, dict) else ""
    if not decides and provider.region_variable:
        decides = _free_name(variables)
        variables[decides] = {"type": "string"}
    if decides in variables:
        variables[decides]["default"] = provider.region
    rest = {name: each for name, each in inner.items() if name not in _OF_ROOTS}
    region = {"var": decides} if decides else provider.region
    return {**rest, "region": region, "variables": variables}, decides


def _free_name(taken: Mapping[str, Any]) -> str:
    names = (_REGION, *(f"{_REGION}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _stored_warnings(uses: tuple[Use, ...], variables: Mapping[str, Variable]) -> Iterator[Problem]:
    """Yield secrets of stores that are handed on: what reads one itself keeps it in no state."""
    for use in uses:
        variable = variables.get(use.value.name) if isinstance(use.value, Var) else None
        if variable and variable.stored:
            yield Problem.warning(
                (*use.path, "var"),
                f"{quoted(variable.name)} is read from its store and handed to the module, so that "
                "it stands in the state and in plans.",
                "kept-in-state",
                fix='Say "from" in the blueprint of the module, which then reads it by itself.',
            )


def deciding(document: Document) -> frozenset[str]:
    """Return the variables that decide how often something stands, in modules too."""
    found = set()
    for component in document.components:
        if component.repeat and isinstance(component.repeat.value, Var):
            found.add(component.repeat.value.name)
        if component.type == MODULE:
            inner = deciding(component.properties["document"])
            inputs = component.properties["inputs"]
            values = (inputs[name] for name in inner if name in inputs)
            found |= {value.name for value in values if isinstance(value, Var)}
    return frozenset(found)


def _late_problems(uses: tuple[Use, ...], names: frozenset[str]) -> Iterator[Problem]:
    """Yield inputs that nobody knows when it is decided what stands."""
    for use in uses:
        is_late = any(isinstance(part, Ref) for part in parts_of(use.value))
        if is_late and use.path[-2] == "inputs" and use.path[-1] in names:
            message = (
                "It decides what stands in the module, and is known only once something was made "
                "or read: give a value or a variable."
            )
            yield Problem.error(use.path, message, "wrong-reference")


def _given(document: dict[str, Any], inputs: Json, known: Json) -> dict[str, Any]:
    """Return a module's document with its inputs as defaults; what is unknown has none."""
    variables = {
        name: _decided(each, name, known) if name in inputs else each
        for name, each in document["variables"].items()
    }
    return {**document, "variables": variables}


def _decided(variable: Json, name: str, known: Json) -> dict[str, Any]:
    rest = {member: value for member, value in variable.items() if member != "default"}
    return {**rest, "default": known[name]} if name in known else rest
