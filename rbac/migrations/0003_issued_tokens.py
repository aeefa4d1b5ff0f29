from django.db import migrations, models


class Migration(migrations.Migration):
    """Tokens that are issued for workloads, and removed once they have expired."""

    dependencies = [
        ("rbac", "0002_adopt_admin_log"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="delete_after",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="When the row of an issued token is removed; others stay listed.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="issued_by",
            field=models.UUIDField(
                blank=True,
                editable=False,
                help_text="The workload identity that it was issued for, as are tokens made through it; without, a person or a service account created it.",
                null=True,
            ),
        ),
    ]
