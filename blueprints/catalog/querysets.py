"""Querysets of things that have names."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

from blueprints.catalog.names import fold
from rbac.querysets import PermittedQuerySet

_Model = TypeVar("_Model", bound=models.Model)

# Sorts after every character of a name under the "C" collation.
_LAST_CHARACTER = "\U0010ffff"


class NamedQuerySet(PermittedQuerySet[_Model]):
    """Finds rows by name without telling upper from lower case.

    Only ``=``, ``>=`` and ``<`` on a folded column are used: they are leakproof, so
    row-level security lets them use the index, which ``LIKE`` and ``lower()`` are not.
    """

    def named(self, name: str) -> Self:
        """The rows of exactly this name."""
        return self.filter(name_key=fold(name))

    def name_starts_with(self, prefix: str) -> Self:
        """The rows whose name starts with ``prefix``."""
        key = fold(prefix)
        return self.filter(name_key__gte=key, name_key__lt=key + _LAST_CHARACTER)
