from typing import ClassVar

from django.db import migrations, models

_MEASURE = "UPDATE blueprint_versions SET size = octet_length(document::text)"
_COUNT = """
    INSERT INTO usage_counters (id, tenant_id, created_at, quota, period, used)
    SELECT gen_random_uuid(), tenant_id, now(), 'storage', '', sum(size)
      FROM blueprint_versions GROUP BY tenant_id
"""
_FORGET = "DELETE FROM usage_counters WHERE quota = 'storage'"


class Migration(migrations.Migration):
    """Versions know their size, and tenants what they store."""

    dependencies: ClassVar = [("catalog", "0001_initial"), ("quotas", "0001_initial")]
    acknowledged: ClassVar = {
        "run-sql": "Reads and updates each version once, locking no more than those rows."
    }

    operations: ClassVar = [
        migrations.AddField(
            model_name="blueprintversion",
            name="size",
            field=models.IntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Bytes of the document as it is stored.",
            ),
        ),
        migrations.RunSQL(_MEASURE, migrations.RunSQL.noop),
        migrations.RunSQL(_COUNT, _FORGET),
    ]
