import uuid

import django.contrib.postgres.fields
from django.db import migrations, models

import tenants.context
from tenants.isolation.operations import Isolate


class Migration(migrations.Migration):
    """Devices that wait for a person to sign them in."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DeviceAuthorization",
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
                ("device_digest", models.CharField(editable=False, max_length=64)),
                ("user_digest", models.CharField(editable=False, max_length=64)),
                (
                    "client_name",
                    models.CharField(
                        editable=False,
                        help_text="What the program calls itself; anybody can call theirs so.",
                        max_length=100,
                    ),
                ),
                ("address", models.GenericIPAddressField(editable=False, null=True)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        editable=False,
                        help_text="The permissions that it asked for; without, all that the person has.",
                        null=True,
                        size=50,
                    ),
                ),
                ("poll_seconds", models.PositiveSmallIntegerField(default=5, editable=False)),
                ("polled_at", models.DateTimeField(editable=False, null=True)),
                ("expires_at", models.DateTimeField(editable=False)),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("approved", "Approved"),
                            ("denied", "Denied"),
                        ],
                        default="pending",
                        editable=False,
                        max_length=8,
                    ),
                ),
                (
                    "user_id",
                    models.UUIDField(editable=False, help_text="Who approved it.", null=True),
                ),
                (
                    "session_id",
                    models.UUIDField(
                        editable=False,
                        help_text="In which session; once it has ended, no token.",
                        null=True,
                    ),
                ),
                ("token_name", models.CharField(blank=True, editable=False, max_length=100)),
                ("token_expires_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "db_table": "device_authorizations",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "device_digest"),
                        name="device_authorizations_device_unique",
                    ),
                    models.UniqueConstraint(
                        fields=("tenant_id", "user_digest"),
                        name="device_authorizations_user_unique",
                    ),
                ],
            },
        ),
        Isolate("oauth.DeviceAuthorization"),
    ]
