from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Logouts by an identity provider; the choices are no business of the database."""

    dependencies: ClassVar = [("login_events", "0002_report")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="loginevent",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("signed_in", "Signed in"),
                    ("signed_out", "Signed out by the provider"),
                    ("refused", "Refused"),
                    ("tested", "Tested, nobody signed in"),
                ],
                editable=False,
                max_length=16,
            ),
        ),
    ]
