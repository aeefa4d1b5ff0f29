"""What lists of projects and blueprints can be narrowed by.

Equality is answered from an index under row-level security. Searching reads the names of
the tenant: ``LIKE`` is not leakproof, so it comes after the policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import django_filters

from blueprints.catalog.models import Blueprint, Project

if TYPE_CHECKING:
    from blueprints.catalog.querysets import NamedQuerySet


class NamedFilter(django_filters.FilterSet):
    """Things with names, by name or by whoever made them."""

    name = django_filters.CharFilter(method="by_name", help_text="The whole name, in any case.")
    search = django_filters.CharFilter(
        method="by_words", help_text="Words, or parts of words, in the name, in any case."
    )
    created_by = django_filters.UUIDFilter(field_name="created_by_id", help_text="A user's id.")

    def by_name(self, queryset: NamedQuerySet[Any], _: str, value: str) -> NamedQuerySet[Any]:
        """Keep what has the name."""
        return queryset.named(value)

    def by_words(self, queryset: NamedQuerySet[Any], _: str, value: str) -> NamedQuerySet[Any]:
        """Keep what has a name with all of these words."""
        return queryset.name_contains(value)


class ProjectFilter(NamedFilter):
    """Projects by name or creator."""

    class Meta:
        model = Project
        fields: ClassVar = ["name", "search", "created_by"]


class BlueprintFilter(NamedFilter):
    """Blueprints by project, name or creator."""

    project = django_filters.UUIDFilter(field_name="project_id", help_text="A project's id.")

    class Meta:
        model = Blueprint
        fields: ClassVar = ["project", "name", "search", "created_by"]
