from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0016_jobs"),
    ]

    operations = [
        # The table keeps its name, so the running release does not notice.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RenameModel(old_name="Plan", new_name="ServicePlan")]
        ),
    ]
