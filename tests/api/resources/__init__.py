"""What the suites know of each resource, by app: a valid request, and who may send it.

Every module here is found by itself. It has ``SAMPLES``, one request for each operation, and
``RIGHTS``, the table of who may do what (``tests.api.rights``). An app whose objects are not in
``tests.api.fixtures`` makes them in ``make(fixture)``, which returns them by name; samples find
them in ``fixture.more``. What is missing fails in ``test_completeness``, in words.

``ROUTE="blueprints/" pytest tests/api`` tries the operations with that text in them alone.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from tests.api import routes as router
from tests.api.rights import Rights, rights_of
from tests.api.sample import Sample, path_of
from tests.sampling import ROUTE, leave_out

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture
    from tests.api.routes import Route

__all__ = ["MATRIX", "SAMPLES", "Sample", "declared", "make", "operations", "path_of", "routes"]

_MODULES = [import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)]

SAMPLES: dict[str, Sample] = {
    operation: sample for module in _MODULES for operation, sample in module.SAMPLES.items()
}
MATRIX: Rights = {
    row: expected
    for module in _MODULES
    for row, expected in rights_of(module.RIGHTS, router.PREFIX).items()
}
assert len(SAMPLES) == sum(len(module.SAMPLES) for module in _MODULES), "two samples of one"


def operations() -> list[str]:
    """``METHOD template`` of everything that can be done and has a sample."""
    known = [each for each in router.operations() if each in SAMPLES]
    selected = [each for each in known if ROUTE in each]
    leave_out(f"operations without {ROUTE!r} in them", len(known) - len(selected))
    return selected


def routes() -> list[Route]:
    """The routes with an operation among these, and all the operations that they have."""
    templates = {each.split(" ")[1] for each in operations()}
    return [route for route in router.routes() if route.template in templates]


def declared(name: str) -> dict[str, Any]:
    """What the modules say under a name for suites beside these, together.

    ``SERVICES``: by ``app.function``, a call of each service with an actor, given what ``make``
    made and the actor. ``REVISED_SERVICES``: of those that compare revisions, which object, and
    a call with it and the revision that was seen. ``ADMIN_RIGHTS``, ``ADMIN_FORMS`` and
    ``ADMIN_FILTERS``: what ``tests.rbac.admin`` knows of a model's pages, by its label or by
    the page's name.
    """
    return {key: each for module in _MODULES for key, each in getattr(module, name, {}).items()}


def make(fixture: Fixture) -> dict[str, Any]:
    """Make what the apps add to a fixture, in the tenant's scope."""
    made: dict[str, Any] = {}
    for module in _MODULES:
        made |= module.make(fixture) if hasattr(module, "make") else {}
    return made
