from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Until when metadata may be used, beside the document that says so."""

    dependencies: ClassVar = [("saml", "0004_linking_requests")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="samlconfiguration",
            name="metadata_valid_until",
            field=models.DateTimeField(
                editable=False,
                help_text="When the metadata expires; empty for never.",
                null=True,
            ),
        ),
    ]
