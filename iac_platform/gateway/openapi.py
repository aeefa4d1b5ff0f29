"""The API described in OpenAPI 3.1, read off the views."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny

from iac_platform.gateway.idempotency import HEADER as IDEMPOTENCY_KEY
from iac_platform.gateway.idempotency import IdempotentViewSet
from iac_platform.gateway.serializers import InputSerializer
from iac_platform.gateway.viewsets import ResourceViewSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iac_platform.gateway.actions import Action

_CHANGES = frozenset({"update", "partial_update", "destroy"})
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's post-processing hook: what any operation may answer besides success."""
    for operations in result.get("paths", {}).values():
        for method, operation in operations.items():
            if method in _METHODS:
                _add_problem(operation)
    return result


def _add_problem(operation: dict[str, Any]) -> None:
    """Describe a refusal, and 304 where the client may say what it has."""
    responses = operation["responses"]
    responses.setdefault("default", {"$ref": "#/components/responses/Problem"})
    if any(each.get("name") == "If-None-Match" for each in operation.get("parameters", ())):
        responses.setdefault("304", {"description": "The client has it already."})


class PlatformSchema(AutoSchema):
    """Describes what the base viewset does: verbs, conditions, keys and tags."""

    def is_excluded(self) -> bool:
        """Leave out verbs without a permission: they are 405."""
        return (
            isinstance(self.view, ResourceViewSet)
            and self.view.action not in self.view.action_permissions
        )

    def get_summary(self) -> str | None:
        """What the action does, in a line."""
        if not isinstance(self.view, ResourceViewSet):
            return super().get_summary()
        return _declared(self.view).summary.rstrip(".") or _summary(self.view)

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular's signature
        """What the endpoint is about; what the action does is the summary already."""
        if not isinstance(self.view, ResourceViewSet):
            return str(super().get_description() or "")
        about = inspect.getdoc(type(self.view)) or ""
        return "\n\n".join(filter(None, [about, _declared(self.view).detail]))

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """Say of what clients send that further members are refused, and show an example."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]  # drf-spectacular's
        if isinstance(serializer, InputSerializer):
            schema["additionalProperties"] = False
            if serializer.example is not None:
                schema["examples"] = [serializer.example]
        return schema

    def get_auth(self) -> list[Any]:
        """A bearer token, except where anybody may ask."""
        return [{}] if self._is_open() else [{"bearer": []}]

    def _is_open(self) -> bool:
        """Whether anybody may ask."""
        return any(isinstance(each, AllowAny) for each in self.view.get_permissions())

    def get_request_serializer(self) -> Any:
        """What the view's action takes."""
        if not isinstance(self.view, ResourceViewSet):
            return super().get_request_serializer()
        return _declared(self.view).body

    def get_response_serializers(self) -> Any:
        """What the view's action shows."""
        if not isinstance(self.view, ResourceViewSet):
            return super().get_response_serializers()
        declared = _declared(self.view)
        shown = declared.output or self.view.output_serializer
        return {declared.status: shown} if declared.status else shown

    def get_override_parameters(self) -> list[Any]:
        """What the view says of its address, and the headers that it understands and sends."""
        return [*super().get_override_parameters(), *self._of_the_address(), *self._headers()]

    def _of_the_address(self) -> Iterator[OpenApiParameter]:
        for parameter in getattr(self.view, "path_parameters", ()):
            if f"{{{parameter.name}}}" in self.path:
                yield parameter

    def _headers(self) -> Iterator[OpenApiParameter]:
        view = self.view
        if isinstance(view, IdempotentViewSet) and self.method == "POST" and not self._is_open():
            yield _header(IDEMPOTENCY_KEY, "Repeating a request with its key does it once.")
        if not isinstance(view, ResourceViewSet):
            return
        if view.action in _CHANGES:
            text = "The ETag of what the change is based on, or its revision in quotes."
            yield _header("If-Match", text, required=view.requires_if_match)
        declared = view.actions.get(view.action)
        is_cached = declared is not None and declared.cached is not None
        if view.action == "retrieve" or is_cached:
            yield _header("If-None-Match", "The ETag of what the client has: 304 if unchanged.")
        if view.action in {"create", "retrieve", "update", "partial_update"} or is_cached:
            yield _header("ETag", "Covers all that is shown.", response=[200, 201])


_SUMMARIES = {
    "list": "List {plural}",
    "retrieve": "Get {one}",
    "create": "Create {one}",
    "update": "Replace {one}",
    "partial_update": "Update {one}",
    "destroy": "Delete {one}",
}


def _declared(view: ResourceViewSet[Any]) -> Action:
    return view.actions[view.action]


def _summary(view: ResourceViewSet[Any]) -> str:
    noun, plural = view.nouns()
    article = "an" if noun[0].lower() in "aeio" else "a"
    return _SUMMARIES[view.action].format(one=f"{article} {noun}", plural=plural)


def _header(name: str, description: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description, **options)
