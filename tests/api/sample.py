from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iac_platform.common.audit import SystemActor
from tests.api.fixtures import Fixture
from tests.api.routes import route_of

if TYPE_CHECKING:
    from types import ModuleType

Value = Callable[[Fixture], Any]
Fill = Callable[[Fixture, int], None]
Calls = dict[str, Any]
_ACTOR = SystemActor("tests")


@dataclass(frozen=True, slots=True)
class Address:
    """What stands in for each parameter of a template.

    Attributes:
        values: made from an fixture.
        hidden: those that name an object which other tenants must not learn of.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()


def address_of(name: str, parameter: str = "pk") -> Address:
    """The address of one of the fixture's objects, of which other tenants must not learn."""
    return Address({parameter: lambda fixture: fixture.objects()[name].pk}, hidden=(parameter,))


@dataclass(frozen=True, slots=True)
class Sample:
    """One valid request of an operation, in terms of an fixture.

    Attributes:
        status: what success answers.
        address: where it goes.
        body: what is sent.
        references: members of the body that name such objects.
        query: what stands after the question mark.
        prepare: what must be done to an fixture first, where it would conflict.
        operator: only the operator's own people may do it.
        filters: of a list, a value for every filter: made from an fixture where it would
            give the tenant away, plain text where it says nothing of anybody.
        public: anybody may do it; what is sent stands in for credentials.
        asks: it changes nothing although it is a POST: a question with a body.
        fill: of a list, makes so many further objects appear in it.
    """

    status: int = 200
    address: Address = field(default_factory=Address)
    body: Value | None = None
    references: tuple[str, ...] = ()
    query: str = ""
    prepare: Callable[[Fixture], Any] | None = None
    operator: bool = False
    public: bool = False
    asks: bool = False
    filters: Mapping[str, Value | str] = field(default_factory=dict)
    fill: Fill | None = None


def path_of(
    operation: str, sample: Sample, fixture: Fixture, replaced: Mapping[str, str] | None = None
) -> str:
    """The address of an operation on an fixture, with some parameters replaced."""
    values = {name: str(value(fixture)) for name, value in sample.address.values.items()}
    address = route_of(operation).template.format(**values | dict(replaced or {}))
    return f"{address}?{sample.query}" if sample.query else address


def service_calls(
    app: str,
    name: str,
    services: ModuleType,
    *,
    new: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> tuple[Calls, Calls]:
    """Calls of an app's ``create_…``, ``update_…`` and ``delete_…``: its two tables of services.

    Args:
        app: as the services' names begin with.
        name: of the object that ``make`` makes, and by which the services are called.
        services: their module.
        new: what another object is made from.
        changes: what is changed of the object.
    """
    verbs = ("create", "update", "delete")
    create, update, delete = (getattr(services, f"{verb}_{name}") for verb in verbs)
    by_anybody: Calls = {
        f"{app}.create_{name}": lambda _, who: create(**new, actor=who),
        f"{app}.update_{name}": lambda it, who: update(it[name], actor=who, changes=changes),
        f"{app}.delete_{name}": lambda it, who: delete(it[name], actor=who),
    }

    def change(it: Any, seen: int) -> Any:
        return update(it, actor=_ACTOR, changes=changes, revision=seen)

    def remove(it: Any, seen: int) -> Any:
        return delete(it, actor=_ACTOR, revision=seen)

    at_a_revision = {f"{app}.update_{name}": (name, change), f"{app}.delete_{name}": (name, remove)}
    return by_anybody, at_a_revision
