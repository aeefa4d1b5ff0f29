"""Tenants that have something in every table, and a look at all of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone

from blueprints.catalog.services.default_tags import set_default_tags
from rbac.chain.cuts import message_of
from rbac.chain.keys import current_key
from rbac.chain.links import BEGINNING
from rbac.models import AuditCut, Invitation, User
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from sso.email_domains.models import EmailDomain
from sso.emails.models import Email
from sso.login_events.models import LoginEvent
from sso.oauth.models import DeviceAuthorization
from sso.oidc.models import OidcConfiguration, OidcRequest, OidcSession, OidcUsedToken
from sso.oidc.services.secrets import replace_secret
from sso.oidc.services.session_tokens import SessionTokens, keep_tokens
from sso.provisioning.models import Identity, ProviderMapping
from sso.saml.models import (
    KeyState,
    SamlConfiguration,
    SamlLogout,
    SamlRequest,
    SamlSession,
    UsedMessage,
)
from sso.saml.services.keys import new_key, new_pair
from sso.scim.models import ScimDirectory, ScimGroup, ScimMember, ScimToken, ScimUser
from sso.second_factors.services.authenticator_apps import begin_app
from sso.second_factors.services.recovery_codes import new_recovery_codes
from sso.sign_in.models import Session, SignInPolicy
from sso.sign_in.session_store import SessionStore
from sso.workload_identity.models import WorkloadIdentity
from tenants.contents import owned_tables
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tests.api.fixtures import make_fixture, without_work
from tests.api.resources import make
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from uuid import UUID

    from tenants.models import Tenant

Contents = dict[str, list[str]]


def furnish(tenant: Tenant) -> Tenant:
    """Give a tenant rows in every table."""
    with tenant_scope(tenant):
        owner = create_user(username="owner", roles=["admin"], actor=ACTOR)
        make(without_work(make_fixture(tenant, owner)))
        set_default_tags({"team": "web"}, actor=ACTOR)
        session = SessionStore()
        session["whose"] = tenant.slug
        session.create()
        SignInPolicy.objects.create(break_glass=[owner.pk])
        sign_on_by_saml(owner)
        sign_on_by_oidc(owner)
        set_up_second_factors(owner)
        provision_by_scim(owner)
        Email.objects.create(
            recipient="a@example.com", subject="Of tests", expires_at=timezone.now()
        )
        cut_nothing_off(tenant)
        role = create_role(name="Reader", permissions={"project.view": "team"}, actor=ACTOR)
        create_role(name="Heir", inherits=[role.key], actor=ACTOR)
        team = create_team(name="Builders", actor=ACTOR)
        add_member(team, owner, actor=ACTOR)
        grant_role(team, role, actor=ACTOR)
        Invitation.objects.create(email="a@example.com", digest="0" * 64, expires_at=timezone.now())
        for number in range(3):
            LogEntry.objects.create(
                user=owner,
                content_type=ContentType.objects.get_for_model(User),
                object_repr=f"thing {number}",
                action_flag=CHANGE,
            )
    return tenant


def sign_on_by_saml(user: User) -> None:
    """What a sign-on by SAML leaves behind, of one and the same person."""
    configuration = SamlConfiguration.objects.create(name="Of tests", slug="of-tests")
    new_key(configuration, KeyState.CURRENT, new_pair("of-tests")).save()
    ends = timezone.now() + timedelta(hours=1)
    session = Session.objects.create(digest=f"saml {user.pk}", user=user, expires_at=ends)
    SamlSession.objects.create(
        session=session, user=user, configuration=configuration, name_id=user.username
    )
    SamlRequest.objects.create(
        configuration=configuration, digest="0" * 64, request_id="_1", expires_at=ends
    )
    UsedMessage.objects.create(digest="0" * 64, until=ends)
    SamlLogout.objects.create(
        configuration=configuration, digest="0" * 64, issued_at=timezone.now(), expires_at=ends
    )
    provider: dict[str, Any] = {"provider_kind": "saml", "provider_id": configuration.pk}
    ProviderMapping.objects.create(**provider, author=user)
    EmailDomain.objects.create(**provider, domain="example.com", challenge="0" * 40)
    Identity.objects.create(**provider, subject=user.username, digest="0" * 64, user=user)
    LoginEvent.objects.create(
        **provider, provider_name="Of tests", outcome="signed_in", user=user, expires_at=ends
    )


def provision_by_scim(user: User) -> None:
    """What SCIM leaves behind: somebody in a group."""
    directory = ScimDirectory.objects.create(provider_kind="saml", provider_id=user.pk)
    identity = Identity.objects.create(
        provider_kind="scim",
        provider_id=directory.pk,
        subject=user.username,
        digest="1" * 64,
        user=user,
    )
    row = ScimUser.objects.create(
        directory=directory,
        identity=identity,
        user_name=user.username,
        external_id="00u1",
        attributes={"title": "Countess"},
    )
    group = ScimGroup.objects.create(directory=directory, display_name="Engineers")
    ScimMember.objects.create(group=group, user=row)
    ScimToken.objects.create(
        directory=directory, name="tests", prefix="iac", digest="0" * 64, created_by=user
    )


def sign_on_by_oidc(user: User) -> None:
    """What a sign-on by OpenID Connect leaves behind."""
    configuration = OidcConfiguration.objects.create(
        name="Oidc of tests",
        slug="of-tests",
        issuer="https://sso.example.com",
        client_id="platform",
    )
    replace_secret(configuration, "only-for-tests")
    ends = timezone.now() + timedelta(hours=1)
    session = Session.objects.create(digest=f"oidc {user.pk}", user=user, expires_at=ends)
    OidcSession.objects.create(session=session, configuration=configuration)
    tokens = SessionTokens(id_token="", access_token="", refresh_token="", nonce="")
    keep_tokens(session, configuration, tokens, expires_in=None)
    OidcUsedToken.objects.create(digest="0" * 64, expires_at=ends)
    OidcRequest.objects.create(configuration=configuration, digest="0" * 64, expires_at=ends)


def set_up_second_factors(user: User) -> None:
    """An authenticator app that was shown, and recovery codes."""
    factor = begin_app(user)
    factor.confirmed_at = timezone.now()
    factor.save()
    new_recovery_codes(user)


def let_programs_in(user: User) -> None:
    """What lets programs act as somebody."""
    WorkloadIdentity.objects.create(
        name="Of tests",
        issuer="https://ci.example.com",
        audience="https://acme.iac.example",
        subject="job",
        service_account=user,
    )
    DeviceAuthorization.objects.create(
        device_digest="0" * 64,
        user_digest="0" * 64,
        client_name="iac-cli",
        expires_at=timezone.now() + timedelta(minutes=10),
    )


def cut_nothing_off(tenant: Tenant) -> None:
    """Note that nothing was removed from the log, as if the operator had removed something."""
    now, key = timezone.now(), current_key(tenant.pk)
    cut = AuditCut(
        tenant_id=tenant.pk,
        sequence=BEGINNING.sequence,
        hash=BEGINNING.hash,
        entries=0,
        before=now,
        pruned_at=now,
        pruned_by="tests",
        key_id=key.id,
    )
    cut.signature = key.sign(message_of(cut))
    with as_owner():
        cut.save()


def contents(schema: str, tenant_id: UUID | None = None) -> Contents:
    """Every row of a schema as text, or those of one tenant; numbered keys left out."""
    found: Contents = {}
    with as_owner(), connection.cursor() as cursor:
        for table in owned_tables(schema):
            columns = ", ".join(f'"{column.name}"' for column in table.carried)
            cursor.execute(
                f"SELECT ROW({columns})::text FROM {schema}.{table.name} "  # noqa: S608  # names from the catalog
                "WHERE tenant_id = %s OR %s::uuid IS NULL",
                [tenant_id, tenant_id],
            )
            found[table.name] = sorted(row for (row,) in cursor.fetchall())
    return found
