from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.exceptions import MethodNotAllowed, PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.response import Response

from iac_platform.common.access import access_policy, is_limited
from iac_platform.gateway.actions import Action, Cached
from iac_platform.gateway.bodies import refuse_large_anonymous_body
from iac_platform.gateway.caching import ADMISSION, note_caching
from iac_platform.gateway.etags import not_modified, require_match
from iac_platform.gateway.filters import (
    ORDER_OF_LIST,
    refuse_repeated_parameters,
    refuse_unknown_parameters,
)
from iac_platform.gateway.idempotency import IdempotentViewSet
from iac_platform.gateway.outputs import serialize_all
from iac_platform.gateway.permitted_rows import permitted_rows
from iac_platform.gateway.problems.document import BEARER_CHALLENGE
from iac_platform.gateway.serializers import parse, present
from iac_platform.gateway.strictness import refuse_body, refuse_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drf_spectacular.utils import OpenApiParameter
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request
    from rest_framework.serializers import Serializer

    from iac_platform.common.permissions import Permission
    from iac_platform.gateway.permitted_rows import PermittedRows

M = TypeVar("M", bound=Model)


# RFC 9110, section 15.4.5; Vary and Date are set on every answer.
_OF_304 = ("Cache-Control", "Content-Location", "ETag", "Expires")


class ActionPermission(BasePermission):
    """Admits those who hold the verb's permission on anything at all.

    Whoever does not is told so only about objects they may read: any other is a 404.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the request may go on to look at objects."""
        if not request.user.is_authenticated:
            return False
        if access_policy().allows(request.user, view.permission):
            return True
        if view.names_object:
            view.readable_object()
        self.message = lacks(view.permission)
        return False


class ResourceViewSet(IdempotentViewSet, Generic[M]):
    """The base of every endpoint: nothing is open that nobody declared.

    Attributes:
        model: what the endpoint is about.
        queryset: instead of ``model``, where they are narrowed, or the output joins others.
        noun: what one of it is called, where that is not the model's name.
        actions: what can be done, by name: the class's attributes that ``gateway.actions`` made.
            One that is missing is a 405.
        action_permissions: the permission that each action needs.
        output_serializer: what is shown.
        requires_if_match: whether changes must name the revision they are based on.
        ordering: the order of lists; ``ordering_fields`` are what clients may choose.
        path_parameters: what the API's description says of parts of the address.
        rows_are_fixed: whether all requests are about the same rows, as far as they are permitted.
    """

    model: type[M]
    queryset: QuerySet[M] | None = None
    noun: ClassVar[str] = ""
    actions: ClassVar[Mapping[str, Action]] = {}
    action_permissions: ClassVar[Mapping[str, Permission]] = {}
    output_serializer: ClassVar[type[Serializer[Any]] | None] = None
    requires_if_match: ClassVar[bool] = False
    ordering: ClassVar[Sequence[str]] = ("-created_at",)
    ordering_fields: ClassVar[Sequence[str]] = ()
    path_parameters: ClassVar[Sequence[OpenApiParameter]] = ()
    rows_are_fixed: ClassVar[bool] = False
    lookup_value_converter = "uuid"
    permission_classes: Sequence[type[BasePermission]] = (ActionPermission,)
    metadata_class = None

    def __init_subclass__(cls, **options: Any) -> None:
        """Turn the actions that the class declares into its methods.

        What a class defines anew by other means is not declared any more, and so a 405.
        """
        super().__init_subclass__(**options)
        defined = vars(cls)
        if "model" not in defined and (rows := defined.get("queryset")) is not None:
            cls.model = rows.model
        own = {name: each for name, each in defined.items() if isinstance(each, Action)}
        inherited = {name: each for name, each in cls.actions.items() if name not in defined}
        cls.actions = inherited | own
        cls.action_permissions = {name: each.permission for name, each in cls.actions.items()}
        if any(each.cached for each in cls.actions.values()):
            cls._require_common_admission()
        for name, each in own.items():
            setattr(cls, name, each.as_method(name))
        cls.rows_are_fixed = (
            cls.objects is ResourceViewSet.objects
            and cls.get_queryset is ResourceViewSet.get_queryset
            and hasattr(cls, "model")
            and cls.rows().db == DEFAULT_DB_ALIAS
        )

    @classmethod
    def _require_common_admission(cls) -> None:
        """Who was let in elsewhere is given what is cached here."""
        own = [
            name for name in ADMISSION if getattr(cls, name) is not getattr(ResourceViewSet, name)
        ]
        if own:
            raise TypeError(f"{cls.__name__} caches answers and has {', '.join(own)} of its own.")

    @classmethod
    def nouns(cls) -> tuple[str, str]:
        """What one, and several, of what the endpoint is about are called."""
        if cls.noun:
            return cls.noun, f"{cls.noun}s"
        meta = cls.model._meta
        return str(meta.verbose_name), str(meta.verbose_name_plural)

    @property
    def permission(self) -> Permission:
        """The permission that the current action needs."""
        return self.actions[self.action].permission

    @property
    def names_object(self) -> bool:
        """Whether the request's address names one object."""
        return (self.lookup_url_kwarg or self.lookup_field) in self.kwargs

    @property
    def allowed_methods(self) -> list[str]:
        """The methods whose action has a permission; all that OPTIONS tells."""
        actions: Mapping[str, str] = getattr(self, "action_map", None) or {}
        return [
            method.upper() for method, name in actions.items() if name in self.action_permissions
        ] + ["OPTIONS"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse verbs that nobody declared, before anything else is done."""
        if request.method != "OPTIONS" and self.action not in self.action_permissions:
            raise MethodNotAllowed(str(request.method))
        super().initial(request, *args, **kwargs)
        inner: Any = request._request  # noqa: SLF001  # DRF has no public name for it
        refuse_large_anonymous_body(inner, request.user)
        note_caching(self, inner)
        if request.method in SAFE_METHODS:
            refuse_repeated_parameters(request, self)
            refuse_unknown_parameters(request, self)
        else:
            refuse_query(request)
            if self.actions[self.action].body is None:
                refuse_body(request)

    def cached_as(self) -> Cached | None:
        """How the answer may be kept; None where it may not."""
        declared = self.actions.get(self.action)
        return None if declared is None else declared.cached

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Any:
        """Answer 304, with the same caching headers, when the client has it already."""
        if not_modified(request, response):
            kept = [name for name in _OF_304 if name in response.headers]
            headers = {name: response.headers[name] for name in kept}
            response = Response(status=304, headers=headers)
        return super().finalize_response(request, response, *args, **kwargs)

    def options(self, *_: Any, **__: Any) -> Response:
        """The methods of this resource, in the Allow header."""
        return Response(status=204)

    def check_permissions(self, request: Request) -> None:
        """Hold the request to its verb's permission; OPTIONS tells nothing worth one."""
        if request.method != "OPTIONS":
            super().check_permissions(request)

    def perform_authentication(self, request: Request) -> None:
        """Authenticate and throttle: failures count against the address they come from.

        DRF throttles after the permissions; here whoever is refused is counted as well.
        """
        try:
            super().perform_authentication(request)
        finally:
            super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Nothing is left to do; see :meth:`perform_authentication`."""

    def get_authenticate_header(self, request: Request) -> str:
        """What a 401 asks for; it also keeps DRF from turning a 401 into a 403."""
        return super().get_authenticate_header(request) or BEARER_CHALLENGE

    def get_renderers(self) -> list[BaseRenderer]:
        """What writes the answer: JSON, unless the action says otherwise."""
        declared = self.actions.get(self.action)
        if declared is not None and declared.renderer is not None:
            return [declared.renderer()]
        return super().get_renderers()

    @classmethod
    def rows(cls) -> QuerySet[M]:
        """All objects the endpoint is about, whatever the request."""
        if cls.queryset is not None:
            return cls.queryset.all()
        return cls.model._default_manager.all()  # noqa: SLF001  # Django's documented API

    def objects(self) -> QuerySet[M]:
        """All objects the endpoint is about; narrow them here where the request says by what."""
        return self.rows()

    def get_queryset(self) -> QuerySet[M]:
        """The objects that the user may see in a list, or read."""
        if getattr(self, "swagger_fake_view", False):  # OpenAPI asks for the model alone
            return QuerySet(self.model).none()
        return access_policy().permitted(self.objects(), self.request.user, self._seen_by())

    def _seen_by(self) -> Permission:
        """The permission by which objects are seen, in a list or one by one."""
        return self.permission if self.action == "list" else self._view_permission()

    def readable_object(self) -> M:
        """The object that the address names.

        Raises:
            Http404: there is none, or the user may not read it.
        """
        key = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        rows = permitted_rows(self, self.request.user, self._seen_by())
        if rows is None or not isinstance(key, UUID):
            found: M = get_object_or_404(self.get_queryset(), **{self.lookup_field: key})
            return found
        row = rows.get(self.lookup_field, key)
        if row is None:
            raise Http404
        return row

    def get_object(self) -> M:
        """The object that the address names, if the user may do to it what they ask.

        Raises:
            Http404: there is none, or the user may not read it.
            PermissionDenied: they may read it, and no more.
        """
        obj = self.readable_object()
        if self.permission == self._view_permission():
            return obj  # readable is what was asked
        if not access_policy().allows(self.request.user, self.permission, obj):
            raise PermissionDenied(lacks(self.permission))
        return obj

    def get_object_to_change(self) -> M:
        """The object, at the revision that ``If-Match`` names.

        Raises:
            Http404: there is none, or the user may not read it.
            PermissionDenied: they may read it, and no more.
            Refusal: 428 or 412, see :func:`~iac_platform.gateway.etags.require_match`.
        """
        obj = self.get_object()
        self.require_seen(obj)
        return obj

    def require_seen(self, obj: object) -> None:
        """Hold a change of an object to the revision that ``If-Match`` names.

        Raises:
            Refusal: 428 or 412, see :func:`~iac_platform.gateway.etags.require_match`.
        """
        require_match(
            self.request._request,  # noqa: SLF001  # DRF has no public name for it
            obj,
            required=self.requires_if_match,
            shown=lambda: self.present(obj).data,
        )

    def seen_revision(self, obj: object) -> int | None:
        """The revision that ``If-Match`` named, which the service compares again; else None."""
        revision: int | None = getattr(obj, "revision", None)
        return revision if "If-Match" in self.request.headers else None

    def parse(self, body: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The validated body."""
        return parse(body, self.request, partial=partial)

    def present(self, obj: Any, status: int = 200, **headers: str) -> Response:
        """An object as this action shows it."""
        context = self.get_serializer_context()
        return present(self.output(), obj, status, headers=headers, context=context)

    def page(self) -> Response:
        """The objects that the request's filters, order and cursor ask for."""
        page = self.paginate_queryset(self._listed())  # type: ignore[arg-type]  # our pagination takes both
        context = self.get_serializer_context()
        return self.get_paginated_response(serialize_all(self.output(), page or (), context))

    def _listed(self) -> PermittedRows[M] | QuerySet[M]:
        """What a list shows; where nothing but its order is asked for, by SQL that is made once."""
        is_plain = self.request.query_params.keys() <= ORDER_OF_LIST
        rows = permitted_rows(self, self.request.user, self._seen_by()) if is_plain else None
        return self.filter_queryset(self.get_queryset()) if rows is None else rows

    def output(self) -> type[Serializer[Any]]:
        """What the current action shows."""
        declared = self.actions.get(self.action)
        shown = (declared and declared.output) or self.output_serializer
        assert shown is not None, "output_serializer is not set"  # noqa: S101  # a mistake of ours
        return shown

    def may_hide_objects(self) -> bool:
        """Whether an object that is not found may be there, for others to see."""
        user, permission = self.request.user, self._view_permission()
        if getattr(self, "model", None) is None:  # of what stands in code, all may see all
            return not access_policy().allows(user, permission)
        return is_limited(user, permission, self.model)

    def _view_permission(self) -> Permission:
        """What reading the endpoint's objects needs, whatever else an action needs on them."""
        declared = self.action_permissions.get("retrieve")
        return declared or access_policy().view_permission(self.permission.resource)


def lacks(permission: Permission) -> str:
    """What whoever does not hold the permission is told."""
    return f"This needs the permission {permission.name}."
