"""A tenant's configurations: one for each provider."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from iac_platform.common.changes import WriteErrors
from rbac.models import User
from rbac.models.fields import NameField, NameKeyField
from rbac.names import validate_name
from rbac.querysets import PermittedQuerySet
from sso.federation.addresses import MAX_SLUG, validate_slug
from sso.oidc.errors import InvalidOidcConfiguration, OidcConfigurationNotFound, OidcSlugTaken
from sso.oidc.protocol.algorithms import Algorithm
from sso.oidc.protocol.documents import is_https_url
from tenants.locks import LockStage
from tenants.models import EXPORTED, NEVER_EXPORTED, RevisedModel, TenantForeignKey, TenantModel

MAX_NAME = 100
MAX_ISSUER = 500
MAX_CLIENT_ID = 300
MAX_CLIENT_SECRET = 1000
MAX_SCOPE = 100
MAX_SCOPES = 20
MAX_DOMAIN = 253
OPENID, OFFLINE = "openid", "offline_access"
SIGNING_ALGORITHMS = [(each.value, each.value) for each in Algorithm]
_MAX_CHOICE = 20

validate_visible = RegexValidator(r"\A[!-~]+\Z", "Use visible ASCII characters, without spaces.")
# RFC 6749, section 3.3.
validate_scope = RegexValidator(r"\A[!#-\[\]-~]+\Z", "Use the name of a scope, without spaces.")
validate_hosted_domain = RegexValidator(
    r"\A[a-z0-9-]+(?:\.[a-z0-9-]+)+\Z", "Use a domain in lower case, such as example.com."
)


def validate_issuer(value: str) -> None:
    """Refuse what no provider calls itself (OpenID Connect Core, section 2).

    Raises:
        ValidationError: it is no URL on https, or has a query or a fragment.
    """
    if not is_https_url(value) or "?" in value:
        raise ValidationError(
            "Use the provider's issuer: a URL that begins with https://, without a query."
        )


def default_scopes() -> list[str]:
    """Who somebody is, their name, and their address."""
    return [OPENID, "profile", "email"]


class Preset(models.TextChoices):
    """The product that the provider is: it decides defaults."""

    GOOGLE = "google", "Google"
    MICROSOFT = "microsoft", "Microsoft Entra ID"
    OKTA = "okta", "Okta"
    AUTH0 = "auth0", "Auth0"
    KEYCLOAK = "keycloak", "Keycloak"
    GITLAB = "gitlab", "GitLab"
    GENERIC = "generic", "Another provider"


class ClientAuthentication(models.TextChoices):
    """How the tenant shows the provider that it is the client."""

    CLIENT_SECRET = "client_secret", "Client secret"
    CLIENT_SECRET_POST = "client_secret_post", "Client secret, in the form"
    NONE = "none", "None: PKCE alone"


class OidcConfiguration(RevisedModel):
    """A provider that a tenant trusts, and how its people sign on by it."""

    archive: ClassVar = EXPORTED

    name = NameField(
        max_length=MAX_NAME, validators=[validate_name], help_text="Shown on the sign-in button."
    )
    name_key = NameKeyField()
    slug = models.CharField(
        max_length=MAX_SLUG,
        validators=[validate_slug],
        help_text="Part of the redirect URI at the provider, so it cannot be changed.",
    )
    preset = models.CharField(max_length=_MAX_CHOICE, choices=Preset, default=Preset.GENERIC)
    is_enabled = models.BooleanField(default=True, help_text="Whether users can sign in with it.")
    issuer = models.CharField(
        max_length=MAX_ISSUER,
        validators=[validate_issuer],
        help_text="The provider's issuer URL, exactly as published, including a trailing slash.",
    )
    client_id = models.CharField(
        "client ID",
        max_length=MAX_CLIENT_ID,
        validators=[validate_visible],
        help_text="The client ID that the provider has assigned.",
    )
    client_authentication = models.CharField(
        max_length=_MAX_CHOICE,
        choices=ClientAuthentication,
        default=ClientAuthentication.CLIENT_SECRET,
    )
    scopes = ArrayField(
        models.CharField(max_length=MAX_SCOPE, validators=[validate_scope]),
        default=default_scopes,
        size=MAX_SCOPES,
        help_text="Scopes to request, separated by commas; openid is required.",
    )
    signing_algorithm = models.CharField(
        max_length=_MAX_CHOICE,
        choices=SIGNING_ALGORITHMS,
        default=Algorithm.RS256.value,
        help_text="The algorithm that the provider signs ID tokens with; others are refused.",
    )
    hosted_domain = models.CharField(
        max_length=MAX_DOMAIN,
        blank=True,
        validators=[validate_hosted_domain],
        help_text="Google only, and required there: the Workspace domain whose users may sign in.",
    )
    created_by = TenantForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PermittedQuerySet.as_manager()
    resource = "oidc_configuration"
    write_errors = WriteErrors(
        not_found=OidcConfigurationNotFound,
        invalid=InvalidOidcConfiguration,
        also_unique={"oidc_configurations_slug_unique": ("slug", OidcSlugTaken)},
    )

    class Meta:
        db_table = "oidc_configurations"
        verbose_name = "OpenID Connect configuration"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "name_key"], name="oidc_configurations_name_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "slug"], name="oidc_configurations_slug_unique"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "created_at", "id"], name="oidc_configurations_page_idx"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def is_client_of(self, issuer: str, client_id: str) -> bool:
        """Whether it is still this client of this provider."""
        return (self.issuer, self.client_id) == (issuer, client_id)

    @property
    def trust(self) -> tuple[Any, ...]:
        """Whom it trusts: sessions end when this changes."""
        return self.issuer, self.client_id, self.signing_algorithm, self.hosted_domain


class OidcClientSecret(TenantModel):
    """What a configuration's client shows the provider, sealed for its row."""

    archive: ClassVar = NEVER_EXPORTED
    sealed_columns: ClassVar = frozenset({"secret"})
    unobserved_columns = frozenset({"secret"})

    configuration = TenantForeignKey(OidcConfiguration, models.CASCADE, related_name="secrets")
    secret = models.BinaryField(editable=False)

    lock_stage = LockStage.PART

    class Meta:
        db_table = "oidc_client_secrets"
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "configuration"], name="oidc_client_secrets_once"
            )
        ]

    def __str__(self) -> str:
        return f"secret of {self.configuration_id}"
