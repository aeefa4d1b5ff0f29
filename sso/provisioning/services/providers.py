"""What is left here of an identity provider that goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sso.provisioning.models import Identity, ProviderMapping
from sso.provisioning.providers import PROVIDER_FORGETTERS

if TYPE_CHECKING:
    from sso.provisioning.external import Provider


def forget_provider(provider: Provider) -> None:
    """Delete a provider's mapping, and by which subjects it knew people.

    The users stay, with the roles and teams that they were given. Called in the transaction that
    deletes the provider's configuration, which is on record, by whoever may do that.
    """
    own = {"provider_kind": provider.kind, "provider_id": provider.id}
    # In this order, as of delete_mapping: they wait for each other, and not crosswise.
    ProviderMapping.objects.filter(**own).delete()
    Identity.objects.filter(**own).delete()
    for forget in PROVIDER_FORGETTERS.all().values():
        forget(provider)
