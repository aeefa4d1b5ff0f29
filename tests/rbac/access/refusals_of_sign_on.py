"""People who hold too little to say who may sign on, and what by it they become."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from rbac.services.service_accounts import create_service_account
from sso.email_domains.services.email_domains import (
    create_email_domain,
    delete_email_domain,
    update_email_domain,
    verify_email_domain,
)
from sso.oauth.services.devices import approve_device, start_device
from sso.oidc.services.configurations import (
    create_oidc_configuration,
    delete_oidc_configuration,
    update_oidc_configuration,
)
from sso.provisioning.models import Identity
from sso.provisioning.services.identities import unlink_identity
from sso.provisioning.services.mappings import create_mapping, delete_mapping, update_mapping
from sso.saml.services.configurations import (
    create_configuration,
    delete_configuration,
    update_configuration,
)
from sso.saml.services.keys import rotate_key
from sso.saml.services.metadata import refresh_metadata
from sso.scim.services.tokens import create_scim_token, revoke_scim_token, rotate_scim_token
from sso.second_factors.models import FactorKind, SecondFactor
from sso.second_factors.services.factors import remove_factor
from sso.sign_in.models import Session
from sso.sign_in.services.policies import set_sign_in_policy
from sso.workload_identity.services.workload_identities import (
    create_workload_identity,
    delete_workload_identity,
    update_workload_identity,
)
from tests.conftest import ACTOR
from tests.rbac.access.refusals import CANNOT, DENIED, Refusal, again, holding
from tests.sso.saml.protocol.describing import metadata_document
from tests.sso.saml.published import address

if TYPE_CHECKING:
    from collections.abc import Callable

    from rbac.models import Role, User
    from tests.rbac.access.refusals import Organisation

_CONFIGURES = dict.fromkeys(
    (
        f"{protocol}_configuration.{verb}"
        for protocol in ("saml", "oidc")
        for verb in ("view", "create", "update", "delete")
    ),
    "tenant",
) | dict.fromkeys(("scim_token.view", "scim_token.create", "scim_token.rotate"), "tenant")
_SEES = dict.fromkeys(
    ("saml_configuration.view", "oidc_configuration.view", "scim_token.view"), "tenant"
)
_OIDC: dict[str, Any] = {"issuer": "https://sso.example.com", "client_id": "platform"}
_WORKLOADS = dict.fromkeys(
    (f"workload_identity.{verb}" for verb in ("view", "create", "update", "delete")), "tenant"
)
_MINTS = dict.fromkeys(
    ("workload_identity.view", "service_account.view", "service_account.token"), "tenant"
)
_WORKLOAD: dict[str, Any] = {
    "platform": "github",
    "audience": "https://acme.iac.example",
    "subject": "repo:octo-org/web:ref:refs/heads/main",
}
_DOMAINS = {"email_domain.view": "tenant"}
_MAPS = dict.fromkeys(("provider_mapping.view", "provider_mapping.update"), "tenant")
_CHOOSES = dict.fromkeys(("sign_in_policy.view", "sign_in_policy.update"), "tenant")
_CREATES = {**_MAPS, "user.create": "tenant"}
_GROUPS_ONLY = {"groups_attribute": "groups", "requires_group": True}
_ADDS = {**_CREATES, "user.update": "tenant"}


class SignOn:
    """Identity providers with and without a mapping; and those who try."""

    def __init__(self, others: Organisation) -> None:
        self.role, self.strong, self.crew, self.team = (
            others.role,
            others.strong,
            others.crew,
            others.plain,
        )
        self.configuration = _configuration("mapped")
        self.unmapped = _configuration("unmapped")
        self.oidc = create_oidc_configuration(name="Oidc", slug="oidc", actor=ACTOR, **_OIDC)
        self.weak = create_service_account(username="weak", actor=ACTOR)
        self.mighty = create_service_account(
            username="mighty", roles=[self.strong.key], actor=ACTOR
        )
        self.workload, self.mighty_workload = (
            create_workload_identity(
                name=each.username, service_account=each, actor=ACTOR, **_WORKLOAD
            )
            for each in (self.weak, self.mighty)
        )
        self.device = start_device(client_name="cli", scopes=None, address=None).authorization
        self.workload_reader = holding("workload-reader", {"workload_identity.view": "tenant"})
        self.workload_keeper = holding("workload-keeper", _WORKLOADS)
        self.issuer = holding("token-issuer", _WORKLOADS | _MINTS)
        self.minter = holding("token-minter", _MINTS)
        self.domain = create_email_domain(
            domain="example.com",
            provider_kind="saml",
            provider_id=self.configuration.pk,
            actor=ACTOR,
        )
        self.mapping = _mapping(self.configuration, _gives(self.role))
        self.empty = _mapping(_configuration("empty"))
        self.guarded = _mapping(_configuration("guarded"), _gives(self.role), **_GROUPS_ONLY)
        self.scim_token, _ = create_scim_token(
            name="tests",
            provider_kind="saml",
            provider_id=self.configuration.pk,
            actor=ACTOR,
        )
        self.identity, self.bosses = (
            _identity(each, self.configuration) for each in (others.someone, others.boss)
        )
        self.factor = _factor(others.boss)
        self.user_changer = holding("user-changer", {"user.update": "tenant"})
        self.reader = holding("sign-on-reader", _SEES)
        self.keeper = holding("sign-on-keeper", _CONFIGURES)
        self.looker = holding("domain-looker", _DOMAINS)
        self.chooser = holding("policy-chooser", _CHOOSES)
        self.mapper = holding("mapper", {**_MAPS, "user.update": "tenant"})
        self.creator = holding("mapping-creator", _CREATES)
        self.adder = holding("mapping-adder", _ADDS)
        self.granter = holding("mapping-granter", {**_ADDS, "role.grant": "tenant"})
        self.filler = holding("mapping-filler", {**_ADDS, "team.update": "tenant"})


def _factor(user: User) -> SecondFactor:
    return SecondFactor.objects.create(
        user=user, kind=FactorKind.APP, name="phone", confirmed_at=timezone.now()
    )


def _configuration(slug: str) -> Any:
    return create_configuration(name=slug, slug=slug, metadata_url=address(), actor=ACTOR)


def _identity(user: User, configuration: Any) -> Identity:
    subject = f"{user.username} at {configuration.slug}"
    return Identity.objects.create(
        provider_kind="saml",
        provider_id=configuration.pk,
        subject=subject,
        digest=user.pk.hex * 2,
        user=user,
    )


def _mapping(configuration: Any, *gives: dict[str, str], **chosen: Any) -> Any:
    return create_mapping(
        provider_kind="saml",
        provider_id=configuration.pk,
        group_roles=list(gives),
        actor=ACTOR,
        **chosen,
    )


def _gives(role: Role) -> dict[str, str]:
    return {"group": "Group", "role": role.key}


def refusals_of_sign_on(it: SignOn) -> list[Refusal]:
    """What is refused of configurations, mappings and the sign-in policy."""
    return [
        *_of_configurations(it),
        *_of_oidc_configurations(it),
        *_of_mappings(it),
        *_of_policies(it),
        *_of_domains(it),
        *_of_identities(it),
        *_of_workload_identities(it),
        *_of_second_factors(it),
        *_of_scim_tokens(it),
        _of_devices(it),
    ]


def _of_devices(it: SignOn) -> Refusal:
    token: dict[str, Any] = {"token_name": "laptop", "token_expires_at": None}
    act = partial(approve_device, it.device, session=Session(), **token)
    return _refusal("devices.approve_device", DENIED, it.reader, act)


def _of_workload_identities(it: SignOn) -> list[Refusal]:
    new = partial(create_workload_identity, name="New", **_WORKLOAD)
    disable = partial(update_workload_identity, it.workload, changes={"is_enabled": False})
    tries: list[tuple[str, str, User, Callable[..., Any]]] = [
        ("create", DENIED, it.minter, partial(new, service_account=it.weak)),
        ("create", DENIED, it.workload_keeper, partial(new, service_account=it.weak)),
        ("create", CANNOT, it.issuer, partial(new, service_account=it.mighty)),
        ("update", DENIED, it.minter, disable),
        ("update", DENIED, it.workload_keeper, disable),
        (
            "update",
            CANNOT,
            it.issuer,
            partial(update_workload_identity, it.mighty_workload, changes={"is_enabled": False}),
        ),
        (
            "update",
            CANNOT,
            it.issuer,
            partial(update_workload_identity, it.workload, changes={"service_account": it.mighty}),
        ),
        (
            "delete",
            DENIED,
            it.workload_reader,
            partial(delete_workload_identity, it.workload),
        ),
    ]
    return [
        _refusal(f"workload_identities.{verb}_workload_identity", code, who, act)
        for verb, code, who, act in tries
    ]


def _of_second_factors(it: SignOn) -> list[Refusal]:
    remove = partial(remove_factor, it.factor)
    return [
        _refusal("factors.remove_factor", DENIED, it.reader, remove),
        _refusal("factors.remove_factor", CANNOT, it.user_changer, remove),
    ]


def _of_identities(it: SignOn) -> list[Refusal]:
    unlink = "identities.unlink_identity"
    return [
        _refusal(unlink, DENIED, it.reader, partial(unlink_identity, it.identity)),
        _refusal(unlink, CANNOT, it.user_changer, partial(unlink_identity, it.bosses)),
    ]


def _of_scim_tokens(it: SignOn) -> list[Refusal]:
    provider: dict[str, Any] = {"provider_kind": "saml", "provider_id": it.unmapped.pk}
    tries: dict[str, Callable[..., Any]] = {
        "create": partial(create_scim_token, name="New", **provider),
        "rotate": partial(rotate_scim_token, it.scim_token),
    }
    revoke = partial(revoke_scim_token, it.scim_token)
    return [
        _refusal("tokens.revoke_scim_token", DENIED, it.reader, revoke),
        *(
            _refusal(f"tokens.{verb}_scim_token", code, who, act)
            for verb, act in tries.items()
            for code, who in ((DENIED, it.reader), (CANNOT, it.keeper))
        ),
    ]


def _of_domains(it: SignOn) -> list[Refusal]:
    leads: dict[str, Any] = {"provider_kind": "saml", "provider_id": it.unmapped.pk}
    tries: dict[str, Callable[..., Any]] = {
        "create_email_domain": partial(create_email_domain, domain="example.net", **leads),
        "update_email_domain": partial(update_email_domain, it.domain, changes=leads),
        "delete_email_domain": partial(delete_email_domain, it.domain),
        "verify_email_domain": partial(verify_email_domain, it.domain),
    }
    return [
        _refusal(f"email_domains.{name}", DENIED, it.looker, act) for name, act in tries.items()
    ]


def _of_policies(it: SignOn) -> list[Refusal]:
    choose = partial(set_sign_in_policy, requires_sso=False, break_glass=[it.chooser.pk])
    return [
        _refusal("policies.set_sign_in_policy", DENIED, it.reader, choose),
        _refusal("policies.set_sign_in_policy", CANNOT, it.chooser, choose),
    ]


def _of_configurations(it: SignOn) -> list[Refusal]:
    document = metadata_document().decode()
    new: dict[str, Any] = {"name": "New", "slug": "new", "metadata_xml": document}
    create = partial(create_configuration, **new)
    update = partial(update_configuration, it.configuration, changes={"is_enabled": False})
    refresh = partial(refresh_metadata, it.configuration)
    return [
        _refusal("configurations.create_configuration", DENIED, it.reader, create),
        _refusal("configurations.create_configuration", CANNOT, it.keeper, create),
        _refusal("configurations.update_configuration", DENIED, it.reader, update),
        _refusal("configurations.update_configuration", CANNOT, it.keeper, update),
        _refusal(
            "configurations.delete_configuration",
            DENIED,
            it.reader,
            partial(delete_configuration, it.configuration),
        ),
        _refusal(
            "configurations.delete_configuration",
            CANNOT,
            it.keeper,
            partial(delete_configuration, it.configuration),
        ),
        _refusal("metadata.refresh_metadata", DENIED, it.reader, refresh),
        _refusal("metadata.refresh_metadata", CANNOT, it.keeper, refresh),
        _refusal("keys.rotate_key", DENIED, it.reader, partial(rotate_key, it.configuration)),
        _refusal("keys.rotate_key", CANNOT, it.keeper, partial(rotate_key, it.configuration)),
    ]


def _of_oidc_configurations(it: SignOn) -> list[Refusal]:
    disabled = {"is_enabled": False}
    tries: dict[str, Callable[..., Any]] = {
        "create": partial(create_oidc_configuration, name="New", slug="new", **_OIDC),
        "update": partial(update_oidc_configuration, it.oidc, changes=disabled),
        "delete": partial(delete_oidc_configuration, it.oidc),
    }
    return [
        _refusal(f"configurations.{verb}_oidc_configuration", code, who, act)
        for verb, act in tries.items()
        for code, who in ((DENIED, it.reader), (CANNOT, it.keeper))
    ]


def _of_mappings(it: SignOn) -> list[Refusal]:
    create = partial(create_mapping, provider_kind="saml", provider_id=it.unmapped.pk)
    update = partial(update_mapping, it.mapping, changes={"creates_users": False})
    delete = partial(delete_mapping, it.mapping)
    team = {"group": "Group", "team": str(it.team.pk)}
    crew = {"group": "Group", "team": str(it.crew.pk)}
    guarded = partial(create, group_roles=[_gives(it.role)], **_GROUPS_ONLY)
    opened = partial(update_mapping, it.guarded, changes={"requires_group": False})
    tries: list[tuple[str, str, User, Callable[..., Any]]] = [
        ("create_mapping", DENIED, it.reader, create),
        ("create_mapping", DENIED, it.mapper, create),
        ("create_mapping", DENIED, it.creator, create),
        ("create_mapping", DENIED, it.adder, partial(create, group_roles=[_gives(it.role)])),
        ("create_mapping", CANNOT, it.granter, partial(create, group_roles=[_gives(it.strong)])),
        ("create_mapping", DENIED, it.adder, partial(create, group_roles=[team])),
        ("create_mapping", CANNOT, it.filler, partial(create, group_roles=[crew])),
        ("update_mapping", "provider-mapping-not-found", it.reader, update),
        ("update_mapping", DENIED, it.mapper, update),
        ("create_mapping", CANNOT, it.granter, guarded),
        ("update_mapping", CANNOT, it.granter, opened),
        ("delete_mapping", CANNOT, it.granter, partial(delete_mapping, it.guarded)),
        ("delete_mapping", "provider-mapping-not-found", it.reader, delete),
        ("delete_mapping", DENIED, it.mapper, partial(delete_mapping, it.empty)),
        ("delete_mapping", DENIED, it.creator, partial(delete_mapping, it.empty)),
        ("delete_mapping", DENIED, it.adder, delete),
    ]
    return [_refusal(f"mappings.{name}", code, who, act) for name, code, who, act in tries]


def _refusal(service: str, code: str, who: User, act: Callable[..., Any]) -> Refusal:
    return Refusal(service, code, lambda: act(actor=again(who)))
