"""Plug-ins: the packages in a folder, each by its name."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def plugins(package: str, folder: Iterable[str], attribute: str) -> Mapping[str, Any]:
    """What the packages of a folder define under one name, by the package's name; sorted.

    Args:
        package: the name of the folder's package.
        folder: its ``__path__``.
        attribute: what a plug-in defines; a package without it is none.
    """
    names = sorted(found.name for found in pkgutil.iter_modules(folder))
    modules = {name: importlib.import_module(f"{package}.{name}") for name in names}
    return {
        name: getattr(module, attribute)
        for name, module in modules.items()
        if hasattr(module, attribute)
    }
