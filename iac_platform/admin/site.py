"""The one admin site, served at every tenant's host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse

from iac_platform.admin.lookups import DeclaredAutocomplete
from iac_platform.gateway.hosts import at_a_tenants_host

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.admin import AdminSite as UnfoldAdminSite
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString
else:
    # Django's AdminSite in another dress, published without types.
    from unfold.sites import UnfoldAdminSite


_at_a_tenants_host = at_a_tenants_host("platform_admin/no_tenant.html")


@dataclass(frozen=True, slots=True)
class ObjectHistory:
    """What was done to one object.

    Attributes:
        notice: why it is not shown; empty if it is.
        page: the page of entries that is shown.
        entries: those entries, as a table.
    """

    notice: str = ""
    page: Any = None
    entries: SafeString | str = ""


class PlatformAdminSite(UnfoldAdminSite):
    """The admin of whichever tenant the host names; the operator is a tenant too.

    People sign in, and change their password, on the pages that all users have.

    Attributes:
        object_history: what is known of one object's past; the app that keeps the audit
            log sets it.
        may_read_history: whether a user may read any of it.
    """

    index_template = "platform_admin/index.html"
    index_title = "Overview"
    enable_nav_sidebar = True
    object_history: Callable[[Model, HttpRequest], ObjectHistory] | None = None
    may_read_history: Callable[[Any], bool] | None = None

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Let through those who may use the admin, at a tenant's host."""
        return _at_a_tenants_host(super().admin_view(view, cacheable))

    def login(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  # Django's signature
    ) -> HttpResponse:
        """Lead to the page on which everybody signs in, and back."""
        answer: Any = _at_a_tenants_host(self._sign_in)(request)
        return answer  # type: ignore[no-any-return]  # what the guard passes on

    def logout(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  # Django's signature
    ) -> Any:
        """Sign out, and lead to the sign-in."""
        return LogoutView.as_view(next_page=settings.LOGIN_URL)(request)

    def password_change(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  # likewise
    ) -> Any:
        """Lead to the page on which everybody changes their password."""
        return redirect(settings.ACCOUNT_PASSWORD_PAGE)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The apps and models that the user may see, worked out once for all parts of a page."""
        known = vars(request).setdefault("admin_app_lists", {})
        if app_label not in known:
            known[app_label] = super().get_app_list(request, app_label)
        found: list[Any] = known[app_label]
        return found

    def _sign_in(self, request: HttpRequest) -> HttpResponse:
        """Lead whoever is not known to the sign-in; refuse whoever is, and may not enter."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """Complete what somebody types in a form that they may fill in."""
        return DeclaredAutocomplete.as_view(admin_site=self)(request)

    def search(
        self,
        request: HttpRequest,  # noqa: ARG002  # unfold's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  # likewise
    ) -> Any:
        """Refuse unfold's search over the menu: it would remember answers past a revocation."""
        raise Http404


site = PlatformAdminSite(name="admin")
