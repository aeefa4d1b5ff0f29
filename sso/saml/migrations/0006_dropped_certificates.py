from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """Which certificates have left metadata, so that no old document brings them back unasked."""

    dependencies: ClassVar = [("saml", "0005_metadata_valid_until")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="samlconfiguration",
            name="dropped_certificates",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=100),
                blank=True,
                db_default=[],
                default=list,
                editable=False,
                help_text="Fingerprints of certificates removed from its metadata; a scheduled refresh never restores them.",
                size=None,
            ),
        ),
    ]
