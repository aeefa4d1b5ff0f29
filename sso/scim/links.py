"""What others ask of SCIM, and what it hears of: directories, and users who are active again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rbac.models import User
from sso.provisioning.providers import find_provider
from sso.provisioning.services.providers import forget_provider
from sso.scim.models import ScimDirectory, ScimUser
from sso.scim.selectors import directory_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from django.db.models import Model

    from iac_platform.common.audit import Actor
    from sso.provisioning.external import Provider


def name_of(directory_id: UUID) -> str | None:
    """What people call a directory: after its identity provider; None where there is none."""
    directory = ScimDirectory.objects.filter(pk=directory_id).first()
    return None if directory is None else _name(directory)


def providers() -> Iterator[Provider]:
    """Each directory of the current tenant as a provider."""
    for directory in ScimDirectory.objects.order_by("created_at"):
        yield directory.provider(_name(directory))


def _name(directory: ScimDirectory) -> str:
    found = find_provider(directory.provider_kind, directory.provider_id)
    return f"{found.name if found else directory.provider_kind} (SCIM)"


def forget_directory(provider: Provider) -> None:
    """Delete what SCIM knows of the people of a provider that goes; the users stay."""
    directory = directory_of(provider.kind, provider.id)
    if directory is not None:
        forget_provider(directory.provider())
        directory.delete()


def forget_deactivation(
    action: str,
    subject: Model,
    actor: Actor,  # noqa: ARG001  # the hook's
    changes: Mapping[str, Any],  # noqa: ARG001  # likewise
) -> None:
    """Once somebody is active again, whoever deactivates them next is the one who undoes it."""
    if action == "user.update" and isinstance(subject, User) and subject.is_active:
        ScimUser.objects.filter(identity__user=subject, deactivated=True).update(deactivated=False)
