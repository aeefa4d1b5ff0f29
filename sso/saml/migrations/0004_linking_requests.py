from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Requests by which people link an identity to themselves."""

    dependencies: ClassVar = [("saml", "0003_metadata_checked_at")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="samlrequest",
            name="linked_in",
            field=models.UUIDField(
                editable=False,
                help_text="The session whose user links an identity to themselves; none of a sign-on.",
                null=True,
            ),
        ),
    ]
