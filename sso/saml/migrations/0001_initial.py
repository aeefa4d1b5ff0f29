import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import migrations, models

from rbac.models.fields import NameField, NameKeyField
from rbac.names import validate_name
from tenants.context import current_tenant_id
from tenants.isolation.operations import Isolate
from tenants.models.fields import TenantForeignKey


def _tenant_model() -> list[tuple[str, "models.Field[Any, Any]"]]:
    """The fields of each ``TenantModel``."""
    return [
        (
            "id",
            models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
        ),
        ("tenant_id", models.UUIDField(default=current_tenant_id, editable=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
    ]


def _revised_model() -> list[tuple[str, "models.Field[Any, Any]"]]:
    """The fields of each ``RevisedModel``."""
    return [
        *_tenant_model(),
        ("revision", models.PositiveIntegerField(default=1, editable=False)),
        ("updated_at", models.DateTimeField(auto_now=True)),
    ]


class Migration(migrations.Migration):
    """SAML configurations with their keys, and what sign-ons leave behind."""

    initial = True
    dependencies: ClassVar = [("rbac", "0001_initial"), ("sign_in", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="SamlConfiguration",
            fields=[
                *_revised_model(),
                (
                    "name",
                    NameField(
                        help_text="Shown on the sign-in button.",
                        max_length=100,
                        validators=[validate_name],
                    ),
                ),
                ("name_key", NameKeyField(db_collation="C", editable=False, max_length=300)),
                (
                    "slug",
                    models.CharField(
                        help_text="Part of the URLs that are configured at the identity provider, so it cannot be changed.",
                        max_length=40,
                        validators=[
                            RegexValidator(
                                "\\A[a-z0-9]+(?:-[a-z0-9]+)*\\Z",
                                "Use a-z and 0-9, with single hyphens between them.",
                            )
                        ],
                    ),
                ),
                (
                    "preset",
                    models.CharField(
                        choices=[
                            ("okta", "Okta"),
                            ("entra-id", "Microsoft Entra ID"),
                            ("auth0", "Auth0"),
                            ("google-workspace", "Google Workspace"),
                            ("keycloak", "Keycloak"),
                            ("adfs", "AD FS"),
                            ("generic", "Another identity provider"),
                        ],
                        default="generic",
                        max_length=20,
                    ),
                ),
                (
                    "is_enabled",
                    models.BooleanField(
                        default=True, help_text="Whether users can sign in with it."
                    ),
                ),
                (
                    "metadata_xml",
                    models.TextField(
                        blank=True, help_text="The identity provider's last valid metadata."
                    ),
                ),
                (
                    "metadata_url",
                    models.URLField(
                        blank=True,
                        help_text="Where the identity provider publishes its metadata, on https.",
                        max_length=2000,
                    ),
                ),
                (
                    "metadata_refreshed_at",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
                (
                    "metadata_error",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Why the metadata could not be refreshed.",
                        max_length=1000,
                    ),
                ),
                (
                    "entity_id",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="The identity provider's entity ID, read from its metadata.",
                        max_length=1024,
                    ),
                ),
                (
                    "certificates",
                    ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        default=list,
                        editable=False,
                        help_text="Signing certificates from its metadata, in PEM; signatures by their keys are trusted.",
                    ),
                ),
                (
                    "allows_idp_initiated",
                    models.BooleanField(
                        default=False,
                        help_text="Accept sign-ins that start at the identity provider. They are open to login CSRF.",
                        verbose_name="allows IdP-initiated sign-on",
                    ),
                ),
                (
                    "requires_signed_response",
                    models.BooleanField(
                        default=False, help_text="Refuse responses that are not signed."
                    ),
                ),
                (
                    "requires_signed_assertion",
                    models.BooleanField(
                        default=False, help_text="Refuse assertions that are not signed."
                    ),
                ),
                (
                    "requires_encryption",
                    models.BooleanField(
                        default=False, help_text="Refuse assertions that are not encrypted."
                    ),
                ),
                (
                    "force_authn",
                    models.BooleanField(
                        default=False,
                        help_text="Ask the identity provider to authenticate users again even if they have a session there.",
                        verbose_name="force authentication",
                    ),
                ),
                (
                    "name_id_format",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
                                "Unspecified",
                            ),
                            (
                                "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
                                "E-mail address",
                            ),
                            ("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "Persistent"),
                            ("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "Transient"),
                        ],
                        max_length=200,
                        verbose_name="NameID format",
                    ),
                ),
                (
                    "authentication_contexts",
                    ArrayField(
                        base_field=models.CharField(
                            max_length=200,
                            validators=[
                                RegexValidator(
                                    "\\A[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\\Z",
                                    "Use a URI, such as urn:example:name.",
                                )
                            ],
                        ),
                        blank=True,
                        default=list,
                        help_text="AuthnContextClassRef URIs to request, in order of preference; a response must use one of them.",
                        size=10,
                    ),
                ),
                (
                    "prefers_post",
                    models.BooleanField(
                        default=False,
                        help_text="Send requests by HTTP-POST instead of HTTP-Redirect if the identity provider supports both.",
                        verbose_name="prefers HTTP-POST",
                    ),
                ),
                (
                    "created_by",
                    TenantForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "name_key"), name="saml_configurations_name_unique"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant_id", "slug"), name="saml_configurations_slug_unique"
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"],
                        name="saml_configurations_page_idx",
                    )
                ],
                "verbose_name": "SAML configuration",
                "db_table": "saml_configurations",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="SamlRequest",
            fields=[
                *_tenant_model(),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("request_id", models.CharField(editable=False, max_length=64)),
                ("relay_state", models.CharField(blank=True, editable=False, max_length=1024)),
                ("expires_at", models.DateTimeField(editable=False)),
                (
                    "configuration",
                    TenantForeignKey(
                        on_delete=models.CASCADE,
                        related_name="requests",
                        to="saml.samlconfiguration",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "digest"), name="saml_requests_digest_unique"
                    )
                ],
                "db_table": "saml_requests",
            },
        ),
        migrations.CreateModel(
            name="SamlSession",
            fields=[
                *_tenant_model(),
                (
                    "name_id",
                    models.CharField(editable=False, max_length=512, verbose_name="NameID"),
                ),
                ("name_id_format", models.CharField(blank=True, editable=False, max_length=200)),
                ("name_qualifier", models.CharField(blank=True, editable=False, max_length=1024)),
                (
                    "sp_name_qualifier",
                    models.CharField(blank=True, editable=False, max_length=1024),
                ),
                ("session_index", models.CharField(blank=True, editable=False, max_length=512)),
                (
                    "expires_at",
                    models.DateTimeField(
                        editable=False,
                        help_text="When the identity provider ends it at the latest.",
                        null=True,
                    ),
                ),
                (
                    "configuration",
                    TenantForeignKey(
                        on_delete=models.CASCADE,
                        related_name="sessions",
                        to="saml.samlconfiguration",
                    ),
                ),
                (
                    "session",
                    TenantForeignKey(
                        on_delete=models.CASCADE, related_name="saml_sessions", to="sign_in.session"
                    ),
                ),
                (
                    "user",
                    TenantForeignKey(
                        on_delete=models.CASCADE,
                        related_name="saml_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "session"), name="saml_sessions_session_unique"
                    )
                ],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "configuration", "name_id"],
                        name="saml_sessions_name_id_idx",
                    )
                ],
                "db_table": "saml_sessions",
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="ServiceProviderKey",
            fields=[
                *_tenant_model(),
                ("certificate_pem", models.TextField(editable=False)),
                ("private_key", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("next", "next: published, so that identity providers know it in time"),
                            ("current", "current: signs and decrypts"),
                            ("previous", "previous: decrypts what was still encrypted for it"),
                        ],
                        editable=False,
                        max_length=10,
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(editable=False, help_text="When its certificate expires."),
                ),
                (
                    "configuration",
                    TenantForeignKey(
                        on_delete=models.CASCADE, related_name="keys", to="saml.samlconfiguration"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "configuration", "state"),
                        name="saml_service_provider_keys_once",
                    )
                ],
                "db_table": "saml_service_provider_keys",
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="UsedMessage",
            fields=[
                *_tenant_model(),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("until", models.DateTimeField(editable=False)),
            ],
            options={
                "db_table": "saml_used_messages",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "digest"), name="saml_used_messages_digest_unique"
                    )
                ],
            },
        ),
        Isolate(
            "saml.SamlConfiguration",
            "saml.ServiceProviderKey",
            "saml.SamlRequest",
            "saml.SamlSession",
            "saml.UsedMessage",
        ),
    ]
