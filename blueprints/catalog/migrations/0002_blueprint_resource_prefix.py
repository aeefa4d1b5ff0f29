from typing import ClassVar

from django.db import migrations, models

from blueprints.catalog.names import validate_prefix


class Migration(migrations.Migration):
    """A column for what the names of a blueprint's resources begin with."""

    dependencies: ClassVar = [("catalog", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="blueprint",
            name="resource_prefix",
            field=models.CharField(
                help_text="What the names of its resources begin with; it never changes.",
                max_length=15,
                null=True,
                validators=[validate_prefix],
            ),
        ),
    ]
