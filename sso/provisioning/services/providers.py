"""What is left here of an identity provider that goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.services.audit import record
from sso.provisioning.models import Identity, ProviderMapping

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor
    from sso.provisioning.external import Provider


def forget_provider(provider: Provider, *, actor: Actor) -> None:
    """Delete a provider's mapping, and by which subjects it knew people.

    The users stay, with the roles and teams that they were given. Called in the transaction that
    deletes the provider's configuration, by whoever may do that.
    """
    own = {"provider_kind": provider.kind, "provider_id": provider.id}
    Identity.objects.filter(**own).delete()
    for mapping in ProviderMapping.objects.filter(**own):
        changes = {"provider": provider.name}
        record("provider_mapping.delete", mapping, actor=actor, changes=changes)
        mapping.delete()
