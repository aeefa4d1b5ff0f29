import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.context
import tenants.models.fields
from tenants.isolation.operations import Isolate


class Migration(migrations.Migration):
    """Authenticator apps, passkeys and recovery codes."""

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecoveryCode",
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
                (
                    "user",
                    tenants.models.fields.TenantForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "recovery_codes",
                "ordering": ["created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "user", "digest"), name="recovery_codes_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SecondFactor",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("app", "Authenticator app"),
                            ("passkey", "Passkey"),
                            ("recovery-code", "Recovery code"),
                        ],
                        editable=False,
                        max_length=16,
                    ),
                ),
                ("name", models.CharField(help_text="What its owner calls it.", max_length=100)),
                ("secret", models.BinaryField(default=bytes)),
                ("public_key", models.BinaryField(default=bytes)),
                (
                    "credential_id",
                    models.CharField(blank=True, default="", editable=False, max_length=1400),
                ),
                ("host", models.CharField(blank=True, editable=False, max_length=253)),
                ("counter", models.BigIntegerField(default=0, editable=False)),
                ("confirmed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "last_used_at",
                    models.DateTimeField(
                        editable=False, help_text="When it was last shown.", null=True
                    ),
                ),
                (
                    "user",
                    tenants.models.fields.TenantForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="second_factors",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "second_factors",
                "ordering": ["created_at"],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"], name="second_factors_page_idx"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("credential_id", ""), _negated=True),
                        fields=("tenant_id", "credential_id"),
                        name="second_factors_credential_unique",
                    )
                ],
            },
        ),
        Isolate("second_factors.SecondFactor"),
        Isolate("second_factors.RecoveryCode"),
    ]
