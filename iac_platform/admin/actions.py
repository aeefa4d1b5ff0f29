"""Actions on one object that ask before they act."""

from __future__ import annotations

from contextlib import nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import INPUT_CLASSES

from iac_platform.admin.base import PermittedAdmin
from iac_platform.admin.forms import wording
from iac_platform.common.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.forms import Form
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


def _always(_obj: Any) -> bool:
    return True


def page(
    *,
    title: str,
    verb: str,
    icon: str,
    danger: bool = False,
    when: Callable[[Any], bool] = _always,
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., Any]]:
    """Make a method of ``ActingAdmin`` an action that answers with a page of its own.

    The method gets the request and the object, which the user may see and act on.

    Args:
        title: the button's text.
        verb: the declared permission that it needs, for instance ``change``.
        icon: the button's symbol.
        danger: whether it takes something away.
        when: whether the action makes sense for an object as it is now.
    """

    def decorate(method: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
        @wraps(method)
        def view(admin: ActingAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
            obj = admin.acted_on(request, object_id, verb)
            if when(obj):
                return method(admin, request, obj)
            messages.error(request, f"“{title}” does not apply to {obj} any more.")
            return admin.back_to(obj)

        view.offered = lambda admin, request, obj: (  # type: ignore[attr-defined]  # read by get_actions_detail
            admin.may(request, verb, obj) and when(obj)
        )
        variant = ActionVariant.DANGER if danger else ActionVariant.DEFAULT
        decorated: Callable[..., Any] = action(description=title, icon=icon, variant=variant)(view)
        return decorated

    return decorate


def confirmed(  # each names one thing that a person reads, or a rule
    *,
    title: str,
    question: str,
    verb: str,
    icon: str,
    danger: bool = False,
    atomic: bool = True,
    when: Callable[[Any], bool] = _always,
) -> Callable[[Callable[..., str]], Callable[..., Any]]:
    """Make a method of ``ActingAdmin`` an action that asks before it acts.

    The method gets the request and the object, and returns what to tell the user.
    ``question`` is asked first, with ``{}`` for the object. ``atomic`` is False for what takes
    seconds, as it asks other servers: no transaction waits for it. The rest is as for ``page``.
    """

    def decorate(method: Callable[..., str]) -> Callable[..., Any]:
        @page(title=title, verb=verb, icon=icon, danger=danger, when=when)
        @wraps(method)
        def view(admin: ActingAdmin, request: HttpRequest, obj: Any) -> HttpResponseBase:
            if request.method != "POST":
                return admin.ask(request, obj, title=title, question=question, danger=danger)
            return admin.carry_out(request, obj, method, atomic=atomic)

        return view

    return decorate


class ActingAdmin(PermittedAdmin):
    """An admin with actions on single objects, declared by ``confirmed``."""

    actions_detail: ClassVar[Sequence[str | dict[str, Any]]] = ()

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """The actions that the user may carry out on the object as it is now."""
        obj = self.get_object(request, object_id)
        if obj is None:
            return []
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # unfold's, published without types
        return [each for each in offered if each.method.offered(self, request, obj)]

    def acted_on(self, request: HttpRequest, object_id: str, verb: str) -> Any:
        """The object of an action.

        Raises:
            Http404: there is none, or the user may not see it.
            PermissionDenied: the user may see it, and may not do this.
            RecentAuthenticationRequired: they may, once they have shown again who they are.
        """
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.may(request, verb, obj):
            raise PermissionDenied
        self.require_recent_authentication(request, verb)
        return obj

    def back_to(self, obj: Any) -> HttpResponseBase:
        """The way back to the object's page."""
        opts = self.model._meta
        return redirect(reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[obj.pk]))

    def ask(
        self, request: HttpRequest, obj: Any, *, title: str, question: str, danger: bool
    ) -> HttpResponseBase:
        """Ask whether to go on."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": title,
            "object": obj,
            "question": question.format(obj),
            "danger": danger,
            "media": self.media,
        }
        return TemplateResponse(request, "platform_admin/confirm.html", context)

    def fill_in(  # each is a part of the page
        self,
        request: HttpRequest,
        obj: Any,
        *,
        form: Form,
        title: str,
        explanation: str,
        submit: str,
    ) -> HttpResponseBase:
        """Ask for what an action needs to know."""
        for field in form.fields.values():
            field.widget.attrs.setdefault("class", " ".join(INPUT_CLASSES))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": title,
            "object": obj,
            "form": form,
            "explanation": explanation,
            "submit_text": submit,
        }
        return TemplateResponse(request, "platform_admin/form.html", context)

    def carry_out(
        self, request: HttpRequest, obj: Any, method: Callable[..., str], *, atomic: bool = True
    ) -> HttpResponseBase:
        """Do it, note it in the admin's own history, and say how it went."""
        try:
            with transaction.atomic() if atomic else nullcontext():
                message = method(self, request, obj)
                self.log_change(request, obj, message)
        except DomainError as refusal:
            messages.error(request, wording(refusal))
        else:
            messages.success(request, message)
        return self.back_to(obj)
