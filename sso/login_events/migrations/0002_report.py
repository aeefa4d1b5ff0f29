from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """What a test of a configuration found."""

    dependencies: ClassVar = [("login_events", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="loginevent",
            name="report",
            field=models.JSONField(
                editable=False,
                help_text="What a sign-on would do, as a test found it.",
                null=True,
            ),
        ),
    ]
