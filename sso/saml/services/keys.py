"""The service provider's keys: made, sealed, and rotated with overlap."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from iac_platform.common.access import access_policy
from iac_platform.common.changes import changing
from iac_platform.common.encryption import seal
from iac_platform.common.errors import RevisionConflict
from iac_platform.common.transactions import one_transaction
from sso.saml.models import KeyState, ServiceProviderKey
from sso.saml.permissions import UPDATE_SAML_CONFIGURATION
from sso.saml.protocol import keys
from sso.sign_in.services.trust import require_admins_rights
from tenants.context import current_tenant

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor
    from sso.saml.models import SamlConfiguration

VALID_FOR: Final = timedelta(days=3 * 365)


def new_pair(slug: str) -> keys.KeyPair:
    """Make a key pair; it takes some tenths of a second, so call it before others wait."""
    return keys.generate_key_pair(
        f"{current_tenant().slug} {slug}", now=timezone.now(), valid_for=VALID_FOR
    )


def new_key(
    configuration: SamlConfiguration, state: KeyState, pair: keys.KeyPair
) -> ServiceProviderKey:
    """A key of a configuration, sealed and unsaved."""
    key = ServiceProviderKey(
        configuration=configuration,
        state=state,
        certificate_pem=pair.certificate_pem,
        expires_at=keys.expiry_of(pair.certificate_pem),
    )
    key.private_key = seal(pair.private_key_pem, row=key, column="private_key")
    return key


def rotate_key(configuration: SamlConfiguration, *, actor: Actor) -> SamlConfiguration:
    """Take the next step of a rotation, in which no sign-on fails.

    The first step publishes the next key in our metadata, and changes nothing else: give the
    identity provider time to read them. The second one signs with it from then on, and the
    key before still decrypts. What was before that one is deleted. A configuration that was
    imported has no key, and gets one.

    Raises:
        SamlConfigurationNotFound: it was deleted meanwhile.
        NotPermitted: the actor may not change it (any more).
        CannotGrant: an admin may do what the actor may not: a step too early stops all sign-ons.
        RevisionConflict: somebody else rotated it at the same time.
    """
    access_policy().require(actor, UPDATE_SAML_CONFIGURATION, configuration)
    with one_transaction():
        require_admins_rights(actor)  # before a key is made, and once more below
    held = _states(configuration)
    fresh = None
    if KeyState.NEXT not in held:
        fresh = new_key(configuration, _first_free(held), new_pair(configuration.slug))
    with one_transaction():
        require_admins_rights(actor)
        with changing(
            configuration,
            actor=actor,
            permission=UPDATE_SAML_CONFIGURATION,
            action="saml_configuration.rotate_key",
            describe=_described,
        ) as draft:
            if _states(draft) != held:
                raise RevisionConflict("Somebody else rotated the key. Read it again.")
            if fresh is None:
                _promote(draft)
            else:
                fresh.save(force_insert=True)
    return draft


def _first_free(held: set[str]) -> KeyState:
    return KeyState.NEXT if KeyState.CURRENT in held else KeyState.CURRENT


def _promote(configuration: SamlConfiguration) -> None:
    rows = ServiceProviderKey.objects.filter(configuration=configuration)
    rows.filter(state=KeyState.PREVIOUS).delete()
    rows.filter(state=KeyState.CURRENT).update(state=KeyState.PREVIOUS)
    rows.filter(state=KeyState.NEXT).update(state=KeyState.CURRENT)


def _states(configuration: SamlConfiguration) -> set[str]:
    rows = ServiceProviderKey.objects.filter(configuration=configuration)
    return set(rows.values_list("state", flat=True))


def _described(configuration: SamlConfiguration) -> dict[str, str]:
    """What the audit log says of a rotation: the fingerprint of the key in each state."""
    rows = ServiceProviderKey.objects.filter(configuration=configuration)
    held = {row.state: keys.fingerprint_of(row.certificate_pem) for row in rows}
    return {f"{state}_key": held.get(state, "") for state in KeyState.values}
