"""The menu and the words at the top, for ``settings.UNFOLD``; they differ by tenant and user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from iac_platform.admin.base import PermittedAdmin
from iac_platform.admin.site import site

if TYPE_CHECKING:
    from django.http import HttpRequest


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu: a group for each app, with the models that the user may see."""
    start = {"title": "Overview", "icon": "home", "link": reverse("admin:index")}
    return [
        {"title": "", "items": [start]},
        *(
            {"title": app["name"], "items": [_item(model) for model in app["models"]]}
            for app in site.get_app_list(request)
        ),
    ]


def _item(model: dict[str, Any]) -> dict[str, Any]:
    admin = site.get_model_admin(model["model"])
    described = admin if isinstance(admin, PermittedAdmin) else PermittedAdmin
    return {
        "title": model["name"],
        "icon": described.icon,
        "link": model["admin_url"],
        "purpose": described.purpose,
    }


def site_title(request: HttpRequest) -> str:
    """The end of each page's title: whose admin it is, for whoever has several open."""
    tenant = getattr(request, "tenant", None)
    return f"{tenant.name} | IaC Platform" if tenant else "IaC Platform"


def heading(request: HttpRequest) -> str:
    """Whose admin this is."""
    tenant = getattr(request, "tenant", None)
    return tenant.name if tenant else "IaC Platform"


def subheading(request: HttpRequest) -> str:
    """The host that serves it."""
    return request.get_host()


def environment_label(request: HttpRequest) -> list[str] | None:
    """A mark on the operator's pages, whose actions reach every tenant."""
    tenant = getattr(request, "tenant", None)
    return ["Operator", "warning"] if tenant and tenant.is_platform else None
