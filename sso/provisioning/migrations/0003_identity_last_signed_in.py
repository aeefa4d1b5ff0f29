from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """When an identity was last used to sign in."""

    dependencies: ClassVar = [("provisioning", "0002_requires_group")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="identity",
            name="last_signed_in_at",
            field=models.DateTimeField(
                editable=False, help_text="When it was last used to sign in.", null=True
            ),
        ),
    ]
