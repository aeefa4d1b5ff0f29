"""Actions of viewsets, declared in one expression each: who may, what is sent, what is called.

    class ProjectViewSet(ResourceViewSet[Project]):
        list, retrieve = reads(VIEW)
        create = creates(CREATE, services.create_project, ProjectInput)
        partial_update = updates(UPDATE, services.update_project, ProjectChange)
        destroy = deletes(DELETE, services.delete_project)
        archive = runs(UPDATE, services.archive_project)

Routers know the standard names, and mount any other as its ``Extra`` says. Services take the
subject first and the actor by keyword. What fits none of these is a method under ``allow``.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPMethod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypedDict

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action as extra_action
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from iac_platform.gateway.actors import actor_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from django.db.models import Model
    from django.http.response import HttpResponseBase
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request
    from rest_framework.serializers import Serializer

    from iac_platform.common.permissions import Permission
    from iac_platform.gateway.viewsets import ResourceViewSet

    View: TypeAlias = ResourceViewSet[Any]
    Shape: TypeAlias = type[Serializer[Any]]
    Service: TypeAlias = Callable[..., Any]
    Show: TypeAlias = Callable[[Any, Any], HttpResponseBase]
    Subject: TypeAlias = Callable[[Any], object]


_STANDARD = frozenset({"list", "retrieve", "create", "update", "partial_update", "destroy"})


class Cached(Enum):
    """How an answer that is kept depends on rows that others add."""

    LIST = "list"
    """It shows the rows that there are."""
    OBJECT = "object"
    """It shows rows that are named by their keys, those that these refer to, and ``includes``."""


class Extra(NamedTuple):
    """How a router mounts an action beside the standard ones.

    Attributes:
        method: by which it is reached.
        detail: below the address of one object, or else of the collection.
        path: the end of the address, a regular expression; by default the action's name.
    """

    method: HTTPMethod = HTTPMethod.POST
    detail: bool = True
    path: str | None = None


class Options(TypedDict, total=False):
    """What else may be said of an action; see ``Action``."""

    show: Show
    output: Shape
    status: int
    summary: str
    detail: str
    cached: Cached | None
    pages: bool
    includes: tuple[type[Model], ...]
    renderer: type[BaseRenderer]
    extra: Extra
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a viewset does for one method of one address.

    Attributes:
        permission: what it needs.
        answer: does it, given the viewset and the request.
        body: what is sent; without it, whatever is sent is refused.
        show: makes the answer, given the viewset and the object, or what a service returned.
        output: what is shown; by default the viewset's ``output_serializer``.
        status: of success, for the API's description, where it is another than usual.
        summary: one line of the description; by default made of the viewset's noun.
        detail: more of the description.
        cached: how a read's answer is kept and given again (``gateway.response_cache``), if it is.
        pages: whether it answers pages, though it is no ``list``.
        includes: models of which an answer kept as ``Cached.OBJECT`` lists the rows that belong to
            the object, as a version its tags: one that is added makes it another.
        renderer: what writes the answer, where it is no JSON.
        extra: how a router mounts it, if it is none of the standard ones.
        schema: further arguments of ``extend_schema``.
    """

    permission: Permission
    answer: Callable[[Any, Request], HttpResponseBase]
    body: Shape | None = None
    show: Show | None = None
    output: Shape | None = None
    status: int | None = None
    summary: str = ""
    detail: str = ""
    cached: Cached | None = None
    pages: bool = False
    includes: tuple[type[Model], ...] = ()
    renderer: type[BaseRenderer] | None = None
    extra: Extra | None = None
    schema: Mapping[str, Any] = field(default_factory=dict)

    def as_method(self, name: str) -> Callable[..., HttpResponseBase]:
        """The method that Django REST Framework calls; views find the address in ``kwargs``."""

        def method(view: View, request: Request, *_: Any, **__: Any) -> HttpResponseBase:
            return self.answer(view, request)

        method.__name__ = name
        if self.extra is not None and name not in _STANDARD:
            method_of_http, detail, path = self.extra
            extra_action([method_of_http], detail, url_path=path)(method)
        return extend_schema(**self.schema)(method) if self.schema else method


def allow(
    permission: Permission, *, body: Shape | None = None, **options: Unpack[Options]
) -> Callable[[Callable[[Any, Request], HttpResponseBase]], Action]:
    """Declare a method ``(self, request)`` as an action; its docstring describes it."""

    def declare(method: Callable[[Any, Request], HttpResponseBase]) -> Action:
        text = inspect.getdoc(method) or ""
        options["summary"], options["detail"] = text.partition("\n")[0], text.partition("\n\n")[2]
        return Action(permission=permission, answer=method, body=body, **options)

    return declare


def reads(permission: Permission, *, cached: bool = False) -> tuple[Action, Action]:
    """``list, retrieve``: what the permission reaches, in pages and one by one."""
    return (
        lists(permission, cached=Cached.LIST if cached else None),
        retrieves(permission, cached=Cached.OBJECT if cached else None),
    )


def lists(permission: Permission, **options: Unpack[Options]) -> Action:
    """Answer a page of what the permission reaches, filtered and ordered."""
    return Action(permission=permission, answer=lambda view, _: view.page(), **options)


def retrieves(permission: Permission, **options: Unpack[Options]) -> Action:
    """Answer one object."""
    show = options.get("show", present)

    def answer(view: View, _: Request) -> HttpResponseBase:
        return show(view, view.get_object())

    return Action(permission=permission, answer=answer, **options)


def creates(
    permission: Permission,
    service: Service,
    body: Shape,
    *,
    subject: Subject | None = None,
    **options: Unpack[Options],
) -> Action:
    """Call ``service([subject], **body, actor=…)`` and answer 201 with what it made.

    Args:
        permission: what it needs.
        service: what makes the object.
        body: its arguments, as they are sent.
        subject: what the service takes first, for instance ``parent_of``.
        **options: see ``Action``.
    """
    show = options.get("show", present_created)

    def answer(view: View, request: Request) -> HttpResponseBase:
        subjects = () if subject is None else (subject(view),)
        return show(view, service(*subjects, **view.parse(body), actor=actor_of(request)))

    return Action(permission=permission, answer=answer, body=body, **options)


def updates(
    permission: Permission, service: Service, body: Shape, **options: Unpack[Options]
) -> Action:
    """For PATCH: call ``service(obj, actor=…, changes=…, revision=…)`` and answer the object."""
    show = options.get("show", present_again)

    def answer(view: View, request: Request) -> HttpResponseBase:
        obj = view.get_object_to_change()
        changes, actor = view.parse(body, partial=True), actor_of(request)
        seen = view.seen_revision(obj)
        return show(view, service(obj, actor=actor, changes=changes, revision=seen))

    return Action(permission=permission, answer=answer, body=body, **options)


def deletes(
    permission: Permission,
    service: Service,
    *,
    subject: Subject | None = None,
    **options: Unpack[Options],
) -> Action:
    """Call ``service([subject], obj, actor=…)`` and answer 204.

    A service that compares revisions is given the one that the client has seen.

    Args:
        permission: what it needs of the object.
        service: what deletes it.
        subject: what the service takes first, for instance ``parent_of``.
        **options: see ``Action``.
    """
    show = options.get("show", present_nothing)
    compares = "revision" in inspect.signature(service).parameters

    def answer(view: View, request: Request) -> HttpResponseBase:
        subjects = () if subject is None else (subject(view),)
        obj = view.get_object_to_change()
        seen = {"revision": view.seen_revision(obj)} if compares else {}
        return show(view, service(*subjects, obj, actor=actor_of(request), **seen))

    return Action(permission=permission, answer=answer, **options)


def runs(
    permission: Permission,
    service: Service,
    body: Shape | None = None,
    **options: Unpack[Options],
) -> Action:
    """Call ``service(obj, **body, actor=…)`` and answer what the object is then.

    By default it is a POST to ``<object>/<name of the action>/``.

    Args:
        permission: what it needs of the object.
        service: what is done to it; returns it, unless there is ``show``.
        body: further arguments, as they are sent.
        **options: see ``Action``.
    """
    show = options.get("show", present_again)
    options.setdefault("extra", Extra())

    def answer(view: View, request: Request) -> HttpResponseBase:
        obj = view.get_object()
        arguments = view.parse(body) if body else {}
        return show(view, service(obj, **arguments, actor=actor_of(request)))

    return Action(permission=permission, answer=answer, body=body, **options)


def present(view: View, obj: Any) -> Response:
    """Show an object."""
    return view.present(obj)


def present_again(view: View, obj: Any, status: int = 200) -> Response:
    """Show an object that was changed, read again with all that the output joins."""
    joins = view.queryset is not None
    return view.present(get_object_or_404(view.objects(), pk=obj.pk) if joins else obj, status)


def present_created(view: View, obj: Any) -> Response:
    """Show an object that was just made, and say where it is."""
    collection = view.request.path.rstrip("/")
    return view.present(obj, 201, Location=f"{collection}/{getattr(obj, view.lookup_field)}/")


def present_nothing(_view: View, _result: object) -> Response:
    """Say that it is done."""
    return Response(status=204)


def current_user(view: View) -> object:
    """The ``subject`` of services that make something for the user who asks."""
    return view.request.user
