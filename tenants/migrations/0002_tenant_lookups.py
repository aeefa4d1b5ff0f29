from typing import ClassVar

from django.db import migrations

# A migration says itself what it makes: ``tenants.database.lookups`` may know more one day.
_AT_HOST = """
    CREATE OR REPLACE FUNCTION public.tenant_at_host(text)
    RETURNS TABLE (
        domains public.domains,
        tenants public.tenants,
        service_plans public.service_plans,
        placements public.placements
    )
    LANGUAGE plpgsql STABLE ROWS 1 AS $$
    BEGIN
        RETURN QUERY SELECT domains_row, tenants_row, service_plans_row, placements_row
        FROM public.domains domains_row
        JOIN public.tenants tenants_row ON tenants_row.id = domains_row.tenant_id
        JOIN public.service_plans service_plans_row ON service_plans_row.key = tenants_row.plan
        JOIN public.placements placements_row ON placements_row.id = tenants_row.placement_id
        WHERE domains_row.domain = $1 AND domains_row.verified_at IS NOT NULL;
    END $$
"""
_WITH_ID = """
    CREATE OR REPLACE FUNCTION public.tenant_with_id(uuid)
    RETURNS TABLE (
        tenants public.tenants,
        service_plans public.service_plans,
        placements public.placements
    )
    LANGUAGE plpgsql STABLE ROWS 1 AS $$
    BEGIN
        RETURN QUERY SELECT tenants_row, service_plans_row, placements_row
        FROM public.tenants tenants_row
        JOIN public.service_plans service_plans_row ON service_plans_row.key = tenants_row.plan
        JOIN public.placements placements_row ON placements_row.id = tenants_row.placement_id
        WHERE tenants_row.id = $1;
    END $$
"""


class Migration(migrations.Migration):
    """Functions that find a tenant, with plans that PostgreSQL keeps."""

    dependencies: ClassVar = [("tenants", "0001_initial")]
    acknowledged: ClassVar = {
        "run-sql": "Makes two functions, which lock no table and which the running release ignores."
    }
    operations: ClassVar = [
        migrations.RunSQL(_AT_HOST, "DROP FUNCTION public.tenant_at_host(text)"),
        migrations.RunSQL(_WITH_ID, "DROP FUNCTION public.tenant_with_id(uuid)"),
    ]
