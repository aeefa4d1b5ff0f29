import uuid
from typing import ClassVar

from django.db import migrations, models

import blueprints.catalog.models.fields
from tenants.context import current_tenant_id
from tenants.isolation.operations import Isolate


class Migration(migrations.Migration):
    """A tenant's default tags, and those that each version was made with."""

    dependencies: ClassVar = [("catalog", "0004_unique_resource_prefix")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="DefaultTags",
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
                    "tags",
                    models.JSONField(blank=True, default=dict, help_text="Values by key."),
                ),
            ],
            options={
                "db_table": "default_tags",
                "verbose_name_plural": "default tags",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id",), name="default_tags_once")
                ],
            },
        ),
        Isolate("catalog.DefaultTags"),
        migrations.AddField(
            model_name="blueprintversion",
            name="default_tags",
            field=blueprints.catalog.models.fields.DocumentField(
                editable=False,
                help_text="The tenant's default tags as it was made.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="blueprintversion",
            name="size",
            field=models.IntegerField(
                default=0,
                editable=False,
                help_text="Bytes of the document and the default tags as they are stored.",
            ),
        ),
    ]
