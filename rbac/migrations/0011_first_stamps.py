from typing import ClassVar

from django.db import migrations

_STAMP = """
    INSERT INTO access_stamps (id, tenant_id, created_at, stamp)
    SELECT gen_random_uuid(), tenant_id, now(), gen_random_uuid()
      FROM roles GROUP BY tenant_id
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    """Without a stamp all works, and nothing is kept."""

    dependencies: ClassVar = [("rbac", "0010_grants_page_index")]
    acknowledged: ClassVar = {"run-sql": "Adds one row for each tenant and locks no other."}

    operations: ClassVar = [migrations.RunSQL(_STAMP, migrations.RunSQL.noop)]
