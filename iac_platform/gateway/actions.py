"""Actions of viewsets, declared in one expression each: who may, what is sent, what is called.

    class ProjectViewSet(ResourceViewSet[Project]):
        list, retrieve = reads(VIEW)
        create = creates(CREATE, services.create_project, ProjectInput)
        partial_update = updates(UPDATE, services.update_project, ProjectChange)
        destroy = deletes(DELETE, services.delete_project)
        archive = runs(UPDATE, services.archive_project)

The five names of a router are reached by its methods; any other is mounted as its ``Extra`` says.
Services take the subject first and the actor by keyword. What fits none of these is a method
under ``allow``.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from http import HTTPMethod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypedDict

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action as extra_action
from rest_framework.response import Response

from iac_platform.gateway.actors import actor_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from django.http.response import HttpResponseBase
    from rest_framework.request import Request
    from rest_framework.serializers import Serializer

    from iac_platform.common.permissions import Permission
    from iac_platform.gateway.viewsets import ResourceViewSet

    View: TypeAlias = ResourceViewSet[Any]
    Shape: TypeAlias = type[Serializer[Any]]
    Service: TypeAlias = Callable[..., Any]
    Show: TypeAlias = Callable[[Any, Any], HttpResponseBase]
    Subject: TypeAlias = Callable[[Any], object]


class Extra(NamedTuple):
    """How a router mounts an action beside the five.

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

    output: Shape
    status: int
    summary: str
    detail: str
    shows_secret: bool
    extra: Extra
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a viewset does for one method of one address.

    Attributes:
        permission: what it needs.
        answer: does it, given the viewset and the request.
        body: what is sent; without it, whatever is sent is refused.
        output: what is shown; by default the viewset's ``output_serializer``.
        status: of success, for the API's description, where it is another than usual.
        summary: one line of the description; by default made of the viewset's noun.
        detail: more of the description.
        shows_secret: the answer is shown once, and so not kept for an ``Idempotency-Key``.
        extra: how a router mounts it, if it is none of the five.
        schema: further arguments of ``extend_schema``.
    """

    permission: Permission
    answer: Callable[[Any, Request], HttpResponseBase]
    body: Shape | None = None
    output: Shape | None = None
    status: int | None = None
    summary: str = ""
    detail: str = ""
    shows_secret: bool = False
    extra: Extra | None = None
    schema: Mapping[str, Any] = field(default_factory=dict)

    def as_method(self, name: str) -> Callable[..., HttpResponseBase]:
        """The method that Django REST Framework calls; views find the address in ``kwargs``."""

        def method(view: View, request: Request, *_: Any, **__: Any) -> HttpResponseBase:
            return self.answer(view, request)

        method.__name__ = name
        if self.extra is not None:
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


def reads(permission: Permission) -> tuple[Action, Action]:
    """``list, retrieve``: what the permission reaches, in pages and one by one."""
    return lists(permission), retrieves(permission)


def lists(permission: Permission, **options: Unpack[Options]) -> Action:
    """Answer a page of what the permission reaches, filtered and ordered."""
    return Action(permission=permission, answer=lambda view, _: view.page(), **options)


def retrieves(permission: Permission, **options: Unpack[Options]) -> Action:
    """Answer one object."""
    return Action(
        permission=permission, answer=lambda view, _: view.present(view.get_object()), **options
    )


def creates(
    permission: Permission,
    service: Service,
    body: Shape,
    *,
    subject: Subject | None = None,
    show: Show | None = None,
    **options: Unpack[Options],
) -> Action:
    """Call ``service([subject], **body, actor=…)`` and answer 201 with what it made.

    Args:
        permission: what it needs.
        service: what makes the object.
        body: its arguments, as they are sent.
        subject: what the service takes first, for instance ``parent_of``.
        show: makes the answer of what the service returned, given the viewset as well.
        **options: see ``Action``.
    """

    def answer(view: View, request: Request) -> HttpResponseBase:
        subjects = () if subject is None else (subject(view),)
        made = service(*subjects, **view.parse(body), actor=actor_of(request))
        return show(view, made) if show else view.created(made)

    return Action(permission=permission, answer=answer, body=body, **options)


def updates(
    permission: Permission, service: Service, body: Shape, **options: Unpack[Options]
) -> Action:
    """For PATCH: call ``service(obj, actor=…, changes=…, revision=…)`` and answer the object."""

    def answer(view: View, request: Request) -> HttpResponseBase:
        obj = view.get_object_to_change()
        changes, actor = view.parse(body, partial=True), actor_of(request)
        changed = service(obj, actor=actor, changes=changes, revision=view.seen_revision(obj))
        return view.present(view.read_again(changed))

    return Action(permission=permission, answer=answer, body=body, **options)


def deletes(
    permission: Permission,
    service: Service,
    *,
    subject: Subject | None = None,
    show: Show | None = None,
    **options: Unpack[Options],
) -> Action:
    """Call ``service([subject], obj, actor=…)`` and answer 204.

    A service that compares revisions is given the one that the client has seen.

    Args:
        permission: what it needs of the object.
        service: what deletes it.
        subject: what the service takes first, for instance ``parent_of``.
        show: makes another answer of what the service returned, given the viewset as well.
        **options: see ``Action``.
    """
    compares = "revision" in inspect.signature(service).parameters

    def answer(view: View, request: Request) -> HttpResponseBase:
        subjects = () if subject is None else (subject(view),)
        obj = view.get_object_to_change()
        seen = {"revision": view.seen_revision(obj)} if compares else {}
        result = service(*subjects, obj, actor=actor_of(request), **seen)
        return show(view, result) if show else Response(status=204)

    return Action(permission=permission, answer=answer, **options)


def runs(
    permission: Permission,
    service: Service,
    body: Shape | None = None,
    *,
    show: Show | None = None,
    **options: Unpack[Options],
) -> Action:
    """Call ``service(obj, **body, actor=…)`` and answer what the object is then.

    By default it is a POST to ``<object>/<name of the action>/``.

    Args:
        permission: what it needs of the object.
        service: what is done to it; returns it, unless there is ``show``.
        body: further arguments, as they are sent.
        show: makes the answer of what the service returned, given the viewset as well.
        **options: see ``Action``.
    """
    options.setdefault("extra", Extra())

    def answer(view: View, request: Request) -> HttpResponseBase:
        obj = view.get_object()
        arguments = view.parse(body) if body else {}
        result = service(obj, **arguments, actor=actor_of(request))
        return show(view, result) if show else view.present(view.read_again(result))

    return Action(permission=permission, answer=answer, body=body, **options)
