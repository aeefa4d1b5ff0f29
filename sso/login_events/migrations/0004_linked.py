from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Identities that people link to themselves; the choices are no business of the database."""

    dependencies: ClassVar = [("login_events", "0003_signed_out")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="loginevent",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("signed_in", "Signed in"),
                    ("signed_out", "Signed out by the provider"),
                    ("linked", "Linked to a user"),
                    ("refused", "Refused"),
                    ("tested", "Tested, nobody signed in"),
                ],
                editable=False,
                max_length=16,
            ),
        ),
    ]
