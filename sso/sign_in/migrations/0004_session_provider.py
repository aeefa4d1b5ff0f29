from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Which identity provider began a session."""

    dependencies: ClassVar = [("sign_in", "0003_second_factors")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="session",
            name="provider_id",
            field=models.UUIDField(
                editable=False,
                help_text="Of the identity provider's configuration, where one signed them on.",
                null=True,
            ),
        ),
    ]
