"""Hooks: what a lower package asks, and an app above it answers without being imported.

Whoever asks declares the hook, typed by a protocol or a callable. The app that answers registers
its implementation in ``AppConfig.ready()``, where mypy compares the two. A hook without an
implementation is found by ``manage.py check`` and when a server starts, and raises when it is
used: nothing goes on without its answer.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.apps import apps
from django.core.checks import Error, register
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

T = TypeVar("T")

_declared: list[Hooks[Any]] = []
_PROJECT = Path(__file__).resolve().parents[2]
_DECLARATION = re.compile(r"^[A-Z]\w*(: Hooks?\[| = Hooks?[\[(])", re.MULTILINE)


class Hooks(Generic[T]):
    """A hook with any number of implementations, each under a key.

    Args:
        name: what it is, for error texts.
        required: keys without which the platform is not complete.
    """

    def __init__(self, name: str, *, required: tuple[str, ...] = ()) -> None:
        self.name = name
        self._required = required
        self._implementations: dict[str, T] = {}
        _declared.append(self)

    def register(self, key: str, implementation: T) -> None:
        """Add an implementation.

        Raises:
            ImproperlyConfigured: the key has one.
        """
        if key in self._implementations:
            raise ImproperlyConfigured(f"The {self.name} {key} is registered twice.")
        self._implementations[key] = implementation

    def get(self, key: str) -> T | None:
        """The implementation under a key; None where there is none."""
        return self._implementations.get(key)

    def all(self) -> Mapping[str, T]:
        """All implementations, in the order in which they were registered.

        Raises:
            ImproperlyConfigured: a required one is missing.
        """
        for key in self.missing():
            raise ImproperlyConfigured(f"No app registers the {self.name} {key}.")
        return self._implementations

    def missing(self) -> list[str]:
        """The required keys without an implementation."""
        return [key for key in self._required if key not in self._implementations]

    @contextmanager
    def overridden(self, implementations: Mapping[str, T]) -> Iterator[None]:
        """For tests: as if exactly these were registered."""
        before, self._implementations = self._implementations, dict(implementations)
        try:
            yield
        finally:
            self._implementations = before


class Hook(Generic[T]):
    """A hook with exactly one implementation.

    Args:
        name: what it is, for error texts.
    """

    _KEY = "implementation"

    def __init__(self, name: str) -> None:
        self._hooks: Hooks[T] = Hooks(name, required=(self._KEY,))

    def register(self, implementation: T) -> None:
        """Set the implementation.

        Raises:
            ImproperlyConfigured: there is one.
        """
        self._hooks.register(self._KEY, implementation)

    def get(self) -> T:
        """The implementation.

        Raises:
            ImproperlyConfigured: no app registers one.
        """
        return self._hooks.all()[self._KEY]

    @contextmanager
    def overridden(self, implementation: T) -> Iterator[None]:
        """For tests: as if this were registered."""
        with self._hooks.overridden({self._KEY: implementation}):
            yield


@register()
def hooks_are_implemented(**_: Any) -> list[Error]:
    """``manage.py check``: every hook that must be implemented is."""
    return [
        Error(missing, hint="Register it in ready() of an AppConfig.", id="hooks.E001")
        for missing in _all_missing()
    ]


def require_implemented() -> None:
    """Go on only if every hook that must be implemented is: for servers, which run no checks.

    Raises:
        ImproperlyConfigured: some are not; all of them are named.
    """
    if missing := _all_missing():
        raise ImproperlyConfigured(
            f"{' '.join(missing)} Register what is missing in ready() of an AppConfig."
        )


def _all_missing() -> list[str]:
    for module in _declaring_modules():
        import_module(module)
    return [
        f"No app registers the {hooks.name} {key}."
        for hooks in _declared
        for key in hooks.missing()
    ]


def _declaring_modules() -> Iterator[str]:
    """The modules that declare hooks, also those that nobody has imported.

    Whoever forgets to register forgets to import as well, so they are read off the source.
    """
    own = __name__.partition(".")[0]
    roots = {own, *(config.name.partition(".")[0] for config in apps.get_app_configs())}
    for root in sorted(roots):
        folder = Path(str(import_module(root).__file__)).parent
        if folder.parent != _PROJECT:
            continue
        for path in sorted(folder.rglob("*.py")):
            if _DECLARATION.search(path.read_text(encoding="utf-8")):
                yield ".".join(path.relative_to(_PROJECT).with_suffix("").parts)
