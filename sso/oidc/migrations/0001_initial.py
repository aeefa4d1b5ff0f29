import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import rbac.models.fields
import rbac.names
import sso.oidc.models.configuration
import tenants.context
import tenants.models.fields
from tenants.isolation.operations import Isolate


class Migration(migrations.Migration):
    """OpenID Connect configurations with their secrets, and what sign-ons leave behind."""

    initial = True

    dependencies = [
        ("sign_in", "0002_sign_in_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OidcConfiguration",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "tenant_id",
                    models.UUIDField(default=tenants.context.current_tenant_id, editable=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "name",
                    rbac.models.fields.NameField(
                        help_text="Shown on the sign-in button.",
                        max_length=100,
                        validators=[rbac.names.validate_name],
                    ),
                ),
                (
                    "name_key",
                    rbac.models.fields.NameKeyField(
                        db_collation="C", editable=False, max_length=300
                    ),
                ),
                (
                    "slug",
                    models.CharField(
                        help_text="Part of the redirect URI at the provider, so it cannot be changed.",
                        max_length=40,
                        validators=[
                            django.core.validators.RegexValidator(
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
                            ("google", "Google"),
                            ("microsoft", "Microsoft Entra ID"),
                            ("okta", "Okta"),
                            ("auth0", "Auth0"),
                            ("keycloak", "Keycloak"),
                            ("gitlab", "GitLab"),
                            ("generic", "Another provider"),
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
                    "issuer",
                    models.CharField(
                        help_text="The provider's issuer URL, exactly as published, including a trailing slash.",
                        max_length=500,
                        validators=[sso.oidc.models.configuration.validate_issuer],
                    ),
                ),
                (
                    "client_id",
                    models.CharField(
                        help_text="The client ID that the provider has assigned.",
                        max_length=300,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[!-~]+\\Z", "Use visible ASCII characters, without spaces."
                            )
                        ],
                        verbose_name="client ID",
                    ),
                ),
                (
                    "client_authentication",
                    models.CharField(
                        choices=[
                            ("client_secret", "Client secret"),
                            ("client_secret_post", "Client secret, in the form"),
                            ("none", "None: PKCE alone"),
                        ],
                        default="client_secret",
                        max_length=20,
                    ),
                ),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            max_length=100,
                            validators=[
                                django.core.validators.RegexValidator(
                                    "\\A[!#-\\[\\]-~]+\\Z",
                                    "Use the name of a scope, without spaces.",
                                )
                            ],
                        ),
                        default=sso.oidc.models.configuration.default_scopes,
                        help_text="Scopes to request, separated by commas; openid is required.",
                        size=20,
                    ),
                ),
                (
                    "signing_algorithm",
                    models.CharField(
                        choices=[
                            ("RS256", "RS256"),
                            ("RS384", "RS384"),
                            ("RS512", "RS512"),
                            ("PS256", "PS256"),
                            ("ES256", "ES256"),
                            ("ES384", "ES384"),
                        ],
                        default="RS256",
                        help_text="The algorithm that the provider signs ID tokens with; others are refused.",
                        max_length=20,
                    ),
                ),
                (
                    "hosted_domain",
                    models.CharField(
                        blank=True,
                        help_text="Google only, and required there: the Workspace domain whose users may sign in.",
                        max_length=253,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9-]+(?:\\.[a-z0-9-]+)+\\Z",
                                "Use a domain in lower case, such as example.com.",
                            )
                        ],
                    ),
                ),
                (
                    "created_by",
                    tenants.models.fields.TenantForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "OpenID Connect configuration",
                "db_table": "oidc_configurations",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="OidcClientSecret",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "tenant_id",
                    models.UUIDField(default=tenants.context.current_tenant_id, editable=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("secret", models.BinaryField()),
                (
                    "configuration",
                    tenants.models.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="secrets",
                        to="oidc.oidcconfiguration",
                    ),
                ),
            ],
            options={
                "db_table": "oidc_client_secrets",
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="OidcRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "tenant_id",
                    models.UUIDField(default=tenants.context.current_tenant_id, editable=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("next_page", models.CharField(blank=True, editable=False, max_length=1024)),
                (
                    "tested_in",
                    models.UUIDField(
                        editable=False,
                        help_text="The session of the admin who tests the configuration; none of a sign-on.",
                        null=True,
                    ),
                ),
                (
                    "linked_in",
                    models.UUIDField(
                        editable=False,
                        help_text="The session whose user links an identity to themselves; none of a sign-on.",
                        null=True,
                    ),
                ),
                ("expires_at", models.DateTimeField(editable=False)),
                (
                    "configuration",
                    tenants.models.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requests",
                        to="oidc.oidcconfiguration",
                    ),
                ),
            ],
            options={
                "db_table": "oidc_requests",
            },
        ),
        migrations.CreateModel(
            name="OidcSession",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "tenant_id",
                    models.UUIDField(default=tenants.context.current_tenant_id, editable=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "configuration",
                    tenants.models.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to="oidc.oidcconfiguration",
                    ),
                ),
                (
                    "session",
                    tenants.models.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="oidc_sessions",
                        to="sign_in.session",
                    ),
                ),
            ],
            options={
                "db_table": "oidc_sessions",
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddIndex(
            model_name="oidcconfiguration",
            index=models.Index(
                fields=["tenant_id", "created_at", "id"], name="oidc_configurations_page_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="oidcconfiguration",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "name_key"), name="oidc_configurations_name_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="oidcconfiguration",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "slug"), name="oidc_configurations_slug_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="oidcclientsecret",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "configuration"), name="oidc_client_secrets_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="oidcrequest",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "digest"), name="oidc_requests_digest_unique"
            ),
        ),
        migrations.AddIndex(
            model_name="oidcsession",
            index=models.Index(
                fields=["tenant_id", "configuration"], name="oidc_sessions_provider_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="oidcsession",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "session"), name="oidc_sessions_session_unique"
            ),
        ),
        Isolate(
            "oidc.OidcConfiguration",
            "oidc.OidcClientSecret",
            "oidc.OidcRequest",
            "oidc.OidcSession",
        ),
    ]
