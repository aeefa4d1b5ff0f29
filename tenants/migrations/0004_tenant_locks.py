from typing import ClassVar

from django.db import migrations

# What a database that was made before `tenant_locks` lacks; a new one has it since 0001.
_POLICY = """
    DROP POLICY IF EXISTS tenant_locks ON public.domains;
    CREATE POLICY tenant_locks ON public.domains FOR UPDATE TO iac_app
        USING (tenant_id = (select nullif(current_setting('app.current_tenant', true), '')::uuid))
        WITH CHECK (false);
"""


class Migration(migrations.Migration):
    """Let a tenant lock its own domains, which it must to delete one, and change none."""

    dependencies: ClassVar = [("tenants", "0003_caller")]
    acknowledged: ClassVar = {
        "run-sql": "Makes a policy, which holds its lock for a moment; the running release only "
        "deletes such rows, as before."
    }
    operations: ClassVar = [
        migrations.RunSQL(_POLICY, "DROP POLICY IF EXISTS tenant_locks ON public.domains")
    ]
