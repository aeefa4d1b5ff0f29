"""Querysets of things that have names."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

from rbac.names import key_of
from rbac.querysets import PermittedQuerySet

_Model = TypeVar("_Model", bound=models.Model)


class NamedQuerySet(PermittedQuerySet[_Model]):
    """Finds rows by name without telling upper from lower case.

    ``=`` on a folded column is leakproof, so row-level security lets it use the index.
    ``LIKE`` is not: it is asked of the tenant's own rows alone, after the policy, and so
    costs what the tenant has and nobody else.
    """

    def named(self, name: str) -> Self:
        """The rows of exactly this name."""
        return self.filter(name_key=key_of(name))

    def name_contains(self, words: str) -> Self:
        """The rows in whose name each of the words is found, wherever it stands."""
        found = self
        for word in key_of(words).split():
            found = found.filter(name_key__contains=word)
        return found
