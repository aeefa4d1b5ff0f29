"""Who sits at a browser, and how lately they have shown it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject

from iac_platform.common.errors import RecentAuthenticationRequired
from sso.sign_in.pages.access import confirmation_url
from sso.sign_in.recent import authenticated_recently

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class SessionUserMiddleware(AuthenticationMiddleware):
    """Django's, which knows as well whether a session's user must show again who they are."""

    def process_request(self, request: HttpRequest) -> None:
        """Put the session's user into the request; they are read when somebody looks."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]  # as Django does

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Lead whoever opened a page that needs a recent authentication there, and back."""
        if not isinstance(exception, RecentAuthenticationRequired):
            return None
        return redirect(confirmation_url(request.get_full_path()))


def _user_of(request: HttpRequest) -> Any:
    user: Any = get_user(request)
    if user.is_authenticated:
        user.must_reauthenticate = not authenticated_recently(request.session)
    return user
