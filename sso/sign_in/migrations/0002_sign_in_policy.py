import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from tenants.context import current_tenant_id
from tenants.isolation.operations import Isolate


class Migration(migrations.Migration):
    """Whether single sign-on is required, and which sessions an identity provider began."""

    dependencies: ClassVar = [("sign_in", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="SignInPolicy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", models.UUIDField(default=current_tenant_id, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "requires_sso",
                    models.BooleanField(
                        default=False,
                        help_text="Whether passwords are taken of break-glass accounts alone.",
                        verbose_name="requires single sign-on",
                    ),
                ),
                (
                    "break_glass",
                    ArrayField(
                        base_field=models.UUIDField(),
                        blank=True,
                        default=list,
                        help_text="People who may use their password all the same, if identity providers fail.",
                        size=20,
                    ),
                ),
            ],
            options={
                "db_table": "sign_in_policies",
                "verbose_name": "sign-in policy",
                "verbose_name_plural": "sign-in policy",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id",), name="sign_in_policies_once")
                ],
            },
        ),
        Isolate("sign_in.SignInPolicy"),
        migrations.AddField(
            model_name="session",
            name="by_provider",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Whether an identity provider signed them on; else it was a password.",
            ),
        ),
    ]
