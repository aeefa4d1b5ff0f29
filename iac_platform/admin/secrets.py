"""Secrets that are shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.template.response import TemplateResponse

from iac_platform.admin.actions import ActingAdmin

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse

    from iac_platform.admin.base import PermittedAdmin


def shown_once(  # each is a text on the page
    admin: PermittedAdmin,
    request: HttpRequest,
    *,
    title: str,
    notice: str,
    secret: str,
    explanation: str,
) -> TemplateResponse:
    """A page with a secret. It is in this answer alone: in no session, message or cache."""
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.model._meta,
        "title": title,
        "notice": notice,
        "secret": secret,
        "explanation": explanation,
    }
    response = TemplateResponse(request, "platform_admin/secret.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


class SecretPage(NamedTuple):
    """What stands around a secret on its page."""

    title: str
    notice: str
    explanation: str


class OneTimeSecretAdmin(ActingAdmin):
    """An admin whose new objects come with a secret, which the next page shows, and no other.

    ``create`` hands the secret to :meth:`keep_secret`.
    """

    def secret_page(self, obj: Any) -> SecretPage:
        """What stands around the secret of a new object."""
        raise NotImplementedError

    def keep_secret(self, request: HttpRequest, secret: str) -> None:
        """Keep the secret of the object that this request makes, until it is answered."""
        request.one_time_secret = secret  # type: ignore[attr-defined]  # read by response_add

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """One button: the next page is the secret's."""
        context.update(show_save_and_add_another=False, show_save_and_continue=False)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self,
        request: HttpRequest,
        obj: Model,
        post_url_continue: str | None = None,  # noqa: ARG002  # Django's signature
    ) -> HttpResponse:
        """Show the secret, for the only time."""
        page = self.secret_page(obj)
        return shown_once(
            self,
            request,
            title=page.title,
            notice=page.notice,
            secret=request.one_time_secret,  # type: ignore[attr-defined]  # see keep_secret
            explanation=page.explanation,
        )
