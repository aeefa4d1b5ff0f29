from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """When metadata were last looked for on schedule."""

    dependencies: ClassVar = [("saml", "0002_test_requests")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="samlconfiguration",
            name="metadata_checked_at",
            field=models.DateTimeField(
                editable=False,
                help_text="When the metadata was last fetched on schedule, with or without success.",
                null=True,
            ),
        ),
    ]
