"""Noticing which requests were refused, once their transaction is over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import AuthenticationFailed

from iac_platform.common import denials
from iac_platform.common.access import is_limited
from iac_platform.common.denials import Denial

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from iac_platform.common.permissions import Permission

_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")
REFUSED = "credentials-refused"
"""The code of the ``AuthenticationFailed`` for credentials of the right form that nobody has."""
UNAUTHENTICATED, FORBIDDEN, NOT_FOUND = 401, 403, 404
# What pages of the admin need: the verb of `PermittedAdmin.permissions` by the end of their name.
_VERBS = {"changelist": "view", "history": "view", "add": "add", "delete": "delete"}


class DenialMiddleware:
    """Records what was refused, after whatever the request did is committed or undone.

    It stands innermost: the tenant's scope is open, and no transaction is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, and record if it was refused."""
        response = self._get_response(request)
        denial = getattr(request, "denial", None)
        if denial is not None and denial.status == response.status_code:
            denials.record(denial)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """Note what a page of the admin refused; views of the API note it themselves."""
        page = getattr(request.resolver_match, "func", None)
        model_admin: Any = getattr(page, "model_admin", None)
        permission = _permission_of_page(request, model_admin)
        model = getattr(model_admin, "model", None)
        if isinstance(error, PermissionDenied):
            note(request, FORBIDDEN, "permission-denied", permission, model)
        elif isinstance(error, Http404) and model is not None:
            view = model_admin.permissions.get("view")
            if view is None or is_limited(request.user, view, model):
                note(request, NOT_FOUND, "not-found", view or permission, model)


def note_api_refusal(request: Any, view: Any, error: Exception, status: int, code: str) -> None:
    """Note that a view of the API refuses its request, if that is a denial.

    Credentials that were looked up in vain are (``REFUSED``). Their absence is not, as who shows
    none claims nothing, nor is what is mangled, as it must cost the database nothing. A 404 is
    where the user does not see everything, whether or not there is such an object: what is
    recorded, and how long it takes, must not tell what exists.
    """
    if status == UNAUTHENTICATED:
        if isinstance(error, AuthenticationFailed) and error.get_codes() == REFUSED:
            note(request._request, status, code, None, None)  # noqa: SLF001  # DRF has no public name for it
        return
    permissions = getattr(view, "action_permissions", {})
    permission = permissions.get(getattr(view, "action", None))
    model = getattr(view, "model", None)
    user = getattr(request, "_user", None)  # asking for `user` would authenticate
    known = getattr(user, "is_authenticated", False)
    if status == FORBIDDEN or (
        status == NOT_FOUND and known and permission is not None and view.may_hide_objects()
    ):
        note(request._request, status, code, permission, model, user if known else None)  # noqa: SLF001  # likewise


def note(  # each is a part of a denial
    request: HttpRequest,
    status: int,
    code: str,
    permission: Permission | None,
    model: Any,
    user: Any = None,
) -> None:
    """Leave a denial with the request, for the middleware to record."""
    match = request.resolver_match
    asked_by = user or getattr(request, "user", None)
    known = getattr(asked_by, "is_authenticated", False)
    request.denial = Denial(  # type: ignore[attr-defined]  # ours
        user=asked_by if known else None,
        status=status,
        code=code,
        permission=permission.name if permission else "",
        method=str(request.method),
        route=_template(match.route) if match else "",
        subject_type=model._meta.label_lower if model else "",
        subject_id="/".join(map(str, match.kwargs.values())) if match else "",
    )


def _template(route: str) -> str:
    """A route as people write it: ``/api/v1/users/<pk>/``."""
    return "/" + _GROUP.sub(r"<\1>", route).strip("^$")


def _permission_of_page(request: HttpRequest, model_admin: Any) -> Permission | None:
    if model_admin is None or request.resolver_match is None:
        return None
    page = str(request.resolver_match.url_name).rpartition("_")[2]
    verb = _VERBS.get(page, "view" if request.method == "GET" else "change")
    permission: Permission | None = model_admin.permissions.get(verb)
    return permission
