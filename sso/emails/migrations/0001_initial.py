import uuid

from django.db import migrations, models

import tenants.context
from tenants.isolation.operations import Isolate


class Migration(migrations.Migration):
    """E-mail to a tenant's people."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Email",
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
                ("recipient", models.EmailField(editable=False, max_length=254)),
                ("subject", models.CharField(editable=False, max_length=200)),
                ("text", models.BinaryField(default=bytes)),
                (
                    "status",
                    models.CharField(
                        choices=[("queued", "Queued"), ("sent", "Sent"), ("failed", "Failed")],
                        default="queued",
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                (
                    "failure",
                    models.CharField(
                        blank=True,
                        default="",
                        editable=False,
                        help_text="What the mail server answered the last time.",
                        max_length=300,
                    ),
                ),
                ("sent_at", models.DateTimeField(editable=False, null=True)),
                ("expires_at", models.DateTimeField(editable=False)),
            ],
            options={
                "verbose_name": "e-mail",
                "db_table": "emails",
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(fields=["tenant_id", "created_at", "id"], name="emails_page_idx")
                ],
            },
        ),
        Isolate("emails.Email"),
    ]
