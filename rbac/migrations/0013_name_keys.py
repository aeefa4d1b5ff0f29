from typing import ClassVar

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import migrations, models

from rbac.models.fields import NameField, NameKeyField
from rbac.names import validate_name, validate_username


def _key(**options: str) -> NameKeyField:
    return NameKeyField(db_default="", default="", editable=False, max_length=300, **options)


class Migration(migrations.Migration):
    """Names of users, teams and roles have keys by which they are compared."""

    dependencies: ClassVar = [("rbac", "0012_service_accounts")]

    operations: ClassVar = [
        migrations.AddField("role", "name_key", _key()),
        migrations.AddField("team", "name_key", _key()),
        migrations.AddField("user", "username_key", _key(of="username")),
        migrations.AlterField(
            "role", "name", NameField(max_length=100, validators=[validate_name])
        ),
        migrations.AlterField(
            "team", "name", NameField(max_length=100, validators=[validate_name])
        ),
        migrations.AlterField(
            "user",
            "username",
            models.CharField(
                max_length=150, validators=[UnicodeUsernameValidator(), validate_username]
            ),
        ),
    ]
