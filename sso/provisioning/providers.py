"""Which identity providers a tenant has: each protocol says it of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.hooks import Hooks
from sso.provisioning.external import Provider
from sso.provisioning.models import ProviderKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity

# By the protocol's kind: the name of the provider of an id in the current tenant, if there is one.
PROVIDERS: Hooks[Callable[[UUID], str | None]] = Hooks("identity providers of a protocol")
# By the protocol's kind: the providers of the current tenant, enabled or not.
PROVIDER_LISTS: Hooks[Callable[[], Iterable[Provider]]] = Hooks("lists of identity providers")
# What forgets a provider together with its mapping, by who keeps something of it.
PROVIDER_FORGETTERS: Hooks[Callable[[Provider], object]] = Hooks("forgetters of providers")

# Who somebody is here who signs on for the first time, if the same provider has said it before
# (SCIM), by who keeps that.
PROVISIONED_USERS: Hooks[Callable[[ExternalIdentity], User | None]] = Hooks("provisioned users")


def find_provider(kind: str, provider_id: UUID) -> Provider | None:
    """A provider of the current tenant, by its protocol and the id of its configuration."""
    name_of = PROVIDERS.get(kind)
    name = name_of(provider_id) if name_of is not None else None
    return None if name is None else Provider(ProviderKind(kind), provider_id, name)


def is_enabled(kind: str, provider_id: UUID) -> bool:
    """Whether people can sign on by a provider of the current tenant."""
    listed = PROVIDER_LISTS.get(kind)
    found = listed() if listed is not None else ()
    return any(each.id == provider_id and each.is_enabled for each in found)


def provisioned_user(external: ExternalIdentity) -> User | None:
    """The user whom the provider has provided for somebody before they sign on, if any."""
    found = (find(external) for find in PROVISIONED_USERS.all().values())
    return next((user for user in found if user is not None), None)


def providers() -> list[Provider]:
    """The providers of the current tenant, of all protocols."""
    return [each for listed in PROVIDER_LISTS.all().values() for each in listed()]


def provider_names() -> dict[UUID, str]:
    """What people call the providers of the current tenant, by the ids of their configurations."""
    return {each.id: each.name for each in providers()}
