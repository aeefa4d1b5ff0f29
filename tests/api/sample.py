from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api.fixtures import Fixture
from tests.api.routes import route_of

Value = Callable[[Fixture], Any]
Fill = Callable[[Fixture, int], None]


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
