"""What a tenant's admins do with SAML configurations.

Whoever says which identity provider is trusted decides who can sign in, and as whom. So creating,
changing or deleting a configuration needs, beside its permission, all that an admin may do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypedDict

from iac_platform.common.access import access_policy
from iac_platform.common.changes import changing, create, deleting, require_valid, rows_like
from iac_platform.common.transactions import one_transaction
from rbac.selectors import creator
from sso.provisioning.services.providers import forget_provider
from sso.saml.errors import TooManySamlConfigurations
from sso.saml.models import KeyState, SamlConfiguration
from sso.saml.permissions import (
    CREATE_SAML_CONFIGURATION,
    DELETE_SAML_CONFIGURATION,
    UPDATE_SAML_CONFIGURATION,
)
from sso.saml.services import metadata
from sso.saml.services.keys import new_key, new_pair
from sso.saml.services.trust import end_sessions
from sso.saml.sign_ons.identities import provider_of
from sso.sign_in.services.policies import require_provider_remains
from sso.sign_in.services.trust import require_admins_rights

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from iac_platform.common.audit import Actor
    from sso.saml.protocol import keys
    from sso.saml.services.metadata import Metadata


class Choices(TypedDict, total=False):
    """What people choose beside name, slug and metadata; the model says what each is for."""

    preset: str
    is_enabled: bool
    allows_idp_initiated: bool
    requires_signed_response: bool
    requires_signed_assertion: bool
    requires_encryption: bool
    force_authn: bool
    name_id_format: str
    authentication_contexts: list[str]
    prefers_post: bool


MOST_CONFIGURATIONS: Final = 50  # each is a button of the login page, and is fetched every day
CHANGEABLE: Final = frozenset({"name", *Choices.__annotations__})


class Prepared(NamedTuple):
    """What takes seconds to get, and so is got before a transaction begins.

    Attributes:
        metadata: what was given or fetched; None for none.
        pair: the first key of a configuration that is about to be created.
    """

    metadata: Metadata | None
    pair: keys.KeyPair | None = None


def prepare_creation(slug: str, *, actor: Actor, metadata_xml: str, metadata_url: str) -> Prepared:
    """Fetch and make what ``create_configuration`` needs, where it is called in a transaction.

    Raises:
        CannotGrant, MetadataRefused, TooManyFetches: see ``create_configuration``.
    """
    _refuse_before_work(actor)
    return Prepared(metadata.given(metadata_xml, metadata_url), new_pair(slug))


def prepare_update(
    configuration: SamlConfiguration, changes: Mapping[str, Any], *, actor: Actor
) -> Prepared:
    """Fetch what ``update_configuration`` needs, where it is called in a transaction.

    Raises:
        CannotGrant, MetadataRefused, TooManyFetches: see ``update_configuration``.
    """
    _refuse_before_work(actor)
    known = rows_like(configuration).values_list(metadata.URL, flat=True)
    before = known.filter(pk=configuration.pk).first()  # forms have changed the object by now
    url = changes.get(metadata.URL, before)
    return Prepared(metadata.given(changes.get(metadata.XML, ""), "" if url == before else url))


def _refuse_before_work(actor: Actor) -> None:
    """Have nothing fetched or made for whoever may not; asked again once it is written."""
    with one_transaction():
        require_admins_rights(actor)


def create_configuration(
    *,
    name: str,
    slug: str,
    actor: Actor,
    metadata_xml: str = "",
    metadata_url: str = "",
    prepared: Prepared | None = None,
    **chosen: Unpack[Choices],
) -> SamlConfiguration:
    """Create a configuration with its first key.

    Args:
        name: unique in the tenant, upper and lower case being equal.
        slug: what the addresses call it that the identity provider is given; it stays.
        actor: who creates it.
        metadata_xml: of the identity provider; empty until there are some.
        metadata_url: instead, where it publishes them, on https; they are fetched at once.
        prepared: what was fetched and made beforehand; None has it done here.
        **chosen: see ``Choices``.

    Raises:
        NotPermitted: the actor may not.
        CannotGrant: an admin may do what the actor may not.
        MetadataRefused, TooManyFetches: the metadata cannot be used, or not be fetched.
        NameTaken, SlugTaken, InvalidFields: a field does not fit, or is another's.
        TooManySamlConfigurations: there are as many as a tenant may have.
    """
    configuration = SamlConfiguration(name=name, slug=slug, created_by=creator(actor), **chosen)
    access_policy().require(actor, CREATE_SAML_CONFIGURATION, configuration)
    require_valid(configuration)
    found, pair = prepared or prepare_creation(
        slug, actor=actor, metadata_xml=metadata_xml, metadata_url=metadata_url
    )
    if found is not None:
        metadata.apply(configuration, found)
    key = new_key(configuration, KeyState.CURRENT, pair or new_pair(slug))
    with one_transaction():
        require_admins_rights(actor)
        create(
            configuration,
            actor=actor,
            permission=CREATE_SAML_CONFIGURATION,
            quota_check=_require_room,
            describe=_described,
        )
        key.save(force_insert=True)
    return configuration


def update_configuration(
    configuration: SamlConfiguration,
    *,
    actor: Actor,
    changes: Mapping[str, Any],
    revision: int | None = None,
    prepared: Prepared | None = None,
) -> SamlConfiguration:
    """Change a configuration; without a difference nothing happens.

    Sessions that it opened end when it is disabled, names another identity provider, or trusts a
    certificate no longer.

    Args:
        configuration: what to change.
        actor: who changes it.
        changes: new values for what is ``CHANGEABLE``, and ``metadata_xml`` or ``metadata_url``:
            a document that is given takes the URL's place, and another URL is fetched at once.
        revision: the revision that the caller has seen; None skips the comparison.
        prepared: what was fetched beforehand; None has it done here.

    Raises:
        SamlConfigurationNotFound: it was deleted meanwhile.
        RevisionConflict: it changed since.
        NotPermitted, CannotGrant: the actor may not change it (any more).
        MetadataRefused, NameTaken, InvalidFields: see ``create_configuration``.
        SingleSignOnRequired: nobody could sign on any more, and the tenant requires it.
    """
    access_policy().require(actor, UPDATE_SAML_CONFIGURATION, configuration)
    found, _ = prepared or prepare_update(configuration, changes, actor=actor)
    with one_transaction():
        require_admins_rights(actor)
        with changing(
            configuration,
            actor=actor,
            permission=UPDATE_SAML_CONFIGURATION,
            revision=revision,
            describe=_described,
        ) as draft:
            before = draft.entity_id, frozenset(draft.certificates)
            for field in CHANGEABLE & changes.keys():
                setattr(draft, field, changes[field])
            if found is not None:
                metadata.apply(draft, found)
            elif not changes.get(metadata.URL, draft.metadata_url):
                draft.metadata_url = ""
            if not draft.is_enabled or not draft.trusts(*before):
                end_sessions(draft)
        require_provider_remains()
    return draft


@one_transaction()
def delete_configuration(
    configuration: SamlConfiguration, *, actor: Actor, revision: int | None = None
) -> None:
    """Delete a configuration with its keys, its mapping and what sign-ons left.

    Sessions that it opened end; its people stay users of the tenant.

    Raises:
        SamlConfigurationNotFound: it was deleted meanwhile.
        NotPermitted, CannotGrant: the actor may not delete it (any more).
        RevisionConflict: it changed since.
        SingleSignOnRequired: see ``update_configuration``.
    """
    access_policy().require(actor, DELETE_SAML_CONFIGURATION, configuration)
    # It locks who holds what: of two that are deleted at once, one stays where it must.
    require_admins_rights(actor)
    with deleting(
        configuration, actor=actor, permission=DELETE_SAML_CONFIGURATION, revision=revision
    ) as fresh:
        end_sessions(fresh)
        forget_provider(provider_of(fresh))
    require_provider_remains()


def _require_room() -> None:
    """Tenants wait for each other's changes of access, so this stays true until it is written."""
    if SamlConfiguration.objects.count() >= MOST_CONFIGURATIONS:
        raise TooManySamlConfigurations(
            f"A tenant has at most {MOST_CONFIGURATIONS}. Delete some first."
        )


def _described(configuration: SamlConfiguration) -> dict[str, Any]:
    """What the audit log says: what was chosen, and whom the metadata says to trust."""
    return {
        **{field: getattr(configuration, field) for field in ("slug", *sorted(CHANGEABLE))},
        "metadata_url": configuration.metadata_url,
        **metadata.described(configuration),
    }
