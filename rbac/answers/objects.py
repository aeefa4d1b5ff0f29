"""Which objects permissions are about, and reading one of them as far as somebody may.

A model takes part by naming its resource in a class attribute: ``resource = "blueprint"``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps

from iac_platform.common.errors import ObjectNotFound
from iac_platform.common.permissions import UnknownPermission, get
from rbac.errors import InvalidQuestion
from rbac.policy import RolePolicy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import Model

    from iac_platform.common.permissions import Permission

_PATHS = ("owner_path", "team_path", "project_path", "environment_path", "tenant_path")


@cache
def models_by_resource() -> Mapping[str, type[Model]]:
    """The model of each resource whose objects can be asked about."""
    named = ((vars(model).get("resource"), model) for model in apps.get_models())
    # A column may be called so, too.
    return {resource: model for resource, model in named if isinstance(resource, str)}


def permission_named(name: str) -> Permission:
    """The permission of this name.

    Raises:
        InvalidQuestion: no app declares it.
    """
    try:
        return get(name)
    except UnknownPermission as error:
        raise InvalidQuestion.at("permission", "There is no such permission.") from error


def model_for(permission: Permission, resource: str) -> type[Model]:
    """The model of the objects that a permission is about.

    Raises:
        InvalidQuestion: the permission is about others, or about none that can be named.
    """
    if resource != permission.resource:
        raise InvalidQuestion.at("type", f"{permission} is about the type {permission.resource}.")
    model = models_by_resource().get(resource)
    if model is None:
        raise InvalidQuestion.at("type", f"{permission} is about no single objects: leave it out.")
    return model


def object_to_ask_about(model: type[Model], object_id: UUID, *, reader: Any) -> Model:
    """An object, with all that decides about it, if the reader may read it.

    Raises:
        ObjectNotFound: there is none, or they may not; nobody can tell which.
    """
    resource = str(vars(model)["resource"])
    rows = model._default_manager.select_related(*_joins(model))  # noqa: SLF001  # Django's documented API
    readable = RolePolicy.permitted(rows, reader, RolePolicy.view_permission(resource))
    found: Model | None = readable.filter(pk=object_id).first()
    if found is None:
        raise ObjectNotFound("It does not exist, or you may not see it.")
    return found


def _joins(model: type[Model]) -> set[str]:
    """The rows beside an object's own in which what decides stands."""
    paths = (str(getattr(model, name, "")) for name in _PATHS)
    return {path.rpartition("__")[0] for path in paths if "__" in path}
