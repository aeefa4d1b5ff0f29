from typing import ClassVar

from django.db import migrations

from tenants.isolation.operations import Adopt


class Migration(migrations.Migration):
    """The admin's log is a table of Django's; it holds tenants' rows too.

    Apart from the first, which the admin's own migrations rest on.
    """

    dependencies: ClassVar = [
        ("rbac", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations: ClassVar = [
        Adopt("admin.LogEntry", privileges=("INSERT", "SELECT")),
    ]
