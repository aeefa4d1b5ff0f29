"""What a tenant's admins do with OpenID Connect configurations.

Whoever says which provider is trusted decides who can sign in, and as whom. So creating, changing
or deleting a configuration needs, beside its permission, all that an admin may do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict

from iac_platform.common.access import access_policy
from iac_platform.common.changes import changing, create, deleting, require_valid
from iac_platform.common.transactions import one_transaction
from rbac.selectors import creator
from sso.oidc.errors import InvalidOidcConfiguration, TooManyOidcConfigurations
from sso.oidc.models import OidcConfiguration
from sso.oidc.models.configuration import OPENID
from sso.oidc.permissions import (
    CREATE_OIDC_CONFIGURATION,
    DELETE_OIDC_CONFIGURATION,
    UPDATE_OIDC_CONFIGURATION,
)
from sso.oidc.providers import vendor_of_issuer
from sso.oidc.services.secrets import (
    FIELD,
    forget_secret,
    replace_secret,
    secret_id,
    validate_secret,
)
from sso.oidc.services.session_tokens import forget_tokens
from sso.oidc.services.trust import end_sessions
from sso.oidc.sign_ons.identities import provider_of
from sso.provisioning.services.providers import forget_provider
from sso.sign_in.services.policies import require_provider_remains
from sso.sign_in.services.trust import require_admins_rights

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from iac_platform.common.audit import Actor


class Choices(TypedDict, total=False):
    """What people choose beside name, slug and secret; the model says what each is for."""

    preset: str
    is_enabled: bool
    issuer: str
    client_id: str
    client_authentication: str
    scopes: list[str]
    signing_algorithm: str
    hosted_domain: str


MOST_CONFIGURATIONS: Final = 50  # each is a button of the login page
CHANGEABLE: Final = frozenset({"name", *Choices.__annotations__})


@one_transaction()
def create_oidc_configuration(
    *, name: str, slug: str, actor: Actor, client_secret: str = "", **chosen: Unpack[Choices]
) -> OidcConfiguration:
    """Create a configuration.

    Args:
        name: unique in the tenant, upper and lower case being equal.
        slug: what the address calls it that the provider is given; it stays.
        actor: who creates it.
        client_secret: from the provider; empty until there is one, or for a client without.
        **chosen: see ``Choices``.

    Raises:
        NotPermitted: the actor may not.
        CannotGrant: an admin may do what the actor may not.
        NameTaken, OidcSlugTaken, InvalidOidcConfiguration: a field does not fit, or is another's.
        TooManyOidcConfigurations: there are as many as a tenant may have.
    """
    configuration = OidcConfiguration(name=name, slug=slug, created_by=creator(actor), **chosen)
    access_policy().require(actor, CREATE_OIDC_CONFIGURATION, configuration)
    require_valid(configuration)
    _validate_issuer_rules(configuration)
    require_admins_rights(actor)
    create(
        configuration,
        actor=actor,
        permission=CREATE_OIDC_CONFIGURATION,
        quota_check=_require_room,
        describe=_described,
    )
    _put(configuration, client_secret)
    return configuration


@one_transaction()
def update_oidc_configuration(
    configuration: OidcConfiguration,
    *,
    actor: Actor,
    changes: Mapping[str, Any],
    revision: int | None = None,
) -> OidcConfiguration:
    """Change a configuration; without a difference nothing happens.

    Sessions that it opened end when it is disabled, or trusts another provider.

    Args:
        configuration: what to change.
        actor: who changes it.
        changes: new values for what is ``CHANGEABLE``, and ``client_secret``; an empty one leaves
            the one that is there, unless the issuer or the client changes: nobody can have it sent
            to another provider.
        revision: the revision that the caller has seen; None skips the comparison.

    Raises:
        OidcConfigurationNotFound: it was deleted meanwhile.
        RevisionConflict: it changed since.
        NotPermitted, CannotGrant: the actor may not change it (any more).
        NameTaken, InvalidOidcConfiguration: see ``create_oidc_configuration``.
        SingleSignOnRequired: nobody could sign on any more, and the tenant requires it.
    """
    access_policy().require(actor, UPDATE_OIDC_CONFIGURATION, configuration)
    require_admins_rights(actor)
    with changing(
        configuration,
        actor=actor,
        permission=UPDATE_OIDC_CONFIGURATION,
        revision=revision,
        describe=_described,
    ) as draft:
        before, client = draft.trust, (draft.issuer, draft.client_id)
        for field in CHANGEABLE & changes.keys():
            setattr(draft, field, changes[field])
        _validate_issuer_rules(draft)
        if not draft.is_client_of(*client):
            forget_secret(draft)
            forget_tokens(draft)
        _put(draft, changes.get(FIELD, ""))
        if not draft.is_enabled or draft.trust != before:
            end_sessions(draft)
    require_provider_remains()
    return draft


@one_transaction()
def delete_oidc_configuration(
    configuration: OidcConfiguration, *, actor: Actor, revision: int | None = None
) -> None:
    """Delete a configuration with its secret, its mapping and what sign-ons left.

    Sessions that it opened end; its people stay users of the tenant.

    Raises:
        OidcConfigurationNotFound: it was deleted meanwhile.
        NotPermitted, CannotGrant: the actor may not delete it (any more).
        RevisionConflict: it changed since.
        SingleSignOnRequired: see ``update_oidc_configuration``.
    """
    access_policy().require(actor, DELETE_OIDC_CONFIGURATION, configuration)
    # It locks who holds what: of two that are deleted at once, one stays where it must.
    require_admins_rights(actor)
    with deleting(
        configuration, actor=actor, permission=DELETE_OIDC_CONFIGURATION, revision=revision
    ) as fresh:
        end_sessions(fresh)
        forget_provider(provider_of(fresh))
    require_provider_remains()


def _put(configuration: OidcConfiguration, secret: str) -> None:
    if secret:
        validate_secret(secret)
        replace_secret(configuration, secret)


def _validate_issuer_rules(configuration: OidcConfiguration) -> None:
    """Refuse what would sign on nobody, or everybody.

    Raises:
        InvalidOidcConfiguration: the scopes lack ``openid``, or anybody's account would do.
    """
    if OPENID not in configuration.scopes:
        raise InvalidOidcConfiguration.at("scopes", f"{OPENID} must be among them.")
    requires_domain = vendor_of_issuer(configuration.issuer).requires_hosted_domain
    if requires_domain and not configuration.hosted_domain:
        raise InvalidOidcConfiguration.at(
            "hosted_domain",
            "Anyone can create a Google account. Set the hosted domain to your Google Workspace "
            "domain.",
        )
    if configuration.hosted_domain and not requires_domain:
        raise InvalidOidcConfiguration.at(
            "hosted_domain",
            "Only Google sends a hosted domain. Leave it empty for other providers.",
        )


def _require_room() -> None:
    """Tenants wait for each other's changes of access, so this stays true until it is written."""
    if OidcConfiguration.objects.count() >= MOST_CONFIGURATIONS:
        raise TooManyOidcConfigurations(
            f"A tenant has at most {MOST_CONFIGURATIONS}. Delete some first."
        )


def _described(configuration: OidcConfiguration) -> dict[str, Any]:
    """What the audit log says: what was chosen, and that the secret is another."""
    chosen = {field: getattr(configuration, field) for field in ("slug", *sorted(CHANGEABLE))}
    return {**chosen, "client_secret_id": secret_id(configuration)}
