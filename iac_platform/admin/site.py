"""The one admin site, served at every tenant's host."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import BadRequest
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse

from iac_platform.admin.login import LoginForm
from iac_platform.admin.lookups import DeclaredAutocomplete

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.admin import AdminSite as UnfoldAdminSite
    from django.contrib.auth.forms import PasswordChangeForm
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.template.response import TemplateResponse
    from django.utils.safestring import SafeString
else:
    # Django's AdminSite in another dress, published without types.
    from unfold.sites import UnfoldAdminSite


def _at_a_tenants_host(view: Callable[..., Any]) -> Callable[..., Any]:
    """Answer 404 with a hint where no tenant is served: nobody can sign in there.

    Turn away NUL characters, too, which no text column of PostgreSQL can be asked for.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest
        if getattr(request, "tenant", None) is None:
            context = {"base_domain": settings.BASE_DOMAIN}
            return render(request, "platform_admin/no_tenant.html", context, status=404)
        response: HttpResponseBase = view(request, *args, **kwargs)
        return response

    return guarded


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

    Attributes:
        password_form: how people change their own password; the app that owns the
            users sets it, so that the change goes through its service.
        object_history: what is known of one object's past; the app that keeps the audit
            log sets it.
        may_read_history: whether a user may read any of it.
    """

    login_form = LoginForm
    index_template = "platform_admin/index.html"
    index_title = "Overview"
    enable_nav_sidebar = True
    password_form: type[PasswordChangeForm] | None = None
    object_history: Callable[[Model, HttpRequest], ObjectHistory] | None = None
    may_read_history: Callable[[Any], bool] | None = None

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Let through those who may use the admin, at a tenant's host."""
        return _at_a_tenants_host(super().admin_view(view, cacheable))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in to the host's tenant."""
        answer: HttpResponse = _at_a_tenants_host(super().login)(request, extra_context)
        return answer

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Change one's own password.

        Raises:
            Http404: no app has said how.
        """
        if self.password_form is None:
            raise Http404
        request.current_app = self.name
        answer: Any = PasswordChangeView.as_view(
            form_class=self.password_form,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )(request)
        return answer  # type: ignore[no-any-return]  # or a redirect, once it is done

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
