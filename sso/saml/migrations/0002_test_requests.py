from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Requests by which an admin tests a configuration, signing nobody in."""

    dependencies: ClassVar = [("saml", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="samlrequest",
            name="tested_in",
            field=models.UUIDField(
                editable=False,
                help_text="The session of the admin who tests the configuration; none of a sign-on.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="samlconfiguration",
            name="entity_id",
            field=models.CharField(
                blank=True,
                editable=False,
                help_text="The identity provider's entity ID, read from its metadata.",
                max_length=1024,
                verbose_name="entity ID",
            ),
        ),
    ]
