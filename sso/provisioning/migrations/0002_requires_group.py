from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Whether a mapping lets only people of its groups in."""

    dependencies: ClassVar = [("provisioning", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="providermapping",
            name="requires_group",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether only people in one of the groups above may sign on.",
            ),
        ),
    ]
