from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Who asked for work on a tenant, so that they can be asked about when it begins."""

    dependencies: ClassVar = [
        ("tenants", "0014_permissions"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="operation",
            name="requested_by_id",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="The audit log's id of whoever asked; they must be allowed when it begins.",
                max_length=100,
            ),
        ),
    ]
