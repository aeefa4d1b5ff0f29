"""``--tenant``: how every command is told which tenant is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management.base import CommandError
from django.db.models import Q

from tenants.models import Tenant

if TYPE_CHECKING:
    from collections.abc import Iterable


def add_tenant_argument(
    parser: Any, meaning: str = "which tenant", *, required: bool = True
) -> None:
    """Declare ``--tenant`` on a parser, or on a group of one.

    Args:
        parser: of the command.
        meaning: what the tenant is to the command.
        required: whether the command cannot do without; a group decides that itself.
    """
    keywords = {"required": True} if required else {}
    parser.add_argument(
        "--tenant", metavar="TENANT", help=f"{meaning}: its slug, or its id", **keywords
    )


def find_tenant(text: str, related: Iterable[str] = ("placement",)) -> Tenant:
    """The tenant of a slug or an id, with its placement.

    Raises:
        CommandError: there is none.
    """
    tenants = Tenant.objects.select_related(*related)
    tenant = tenants.filter(Q(slug=text.lower()) | Q(pk=_id(text))).first()
    if tenant is None:
        raise CommandError(
            f"There is no tenant {text!r}; it takes a slug or an id. "
            "manage.py tenant_stats lists all tenants."
        )
    return tenant


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
