from typing import ClassVar

from django.db import migrations

# ``public`` has no types for rows of placements, so they are returned as JSON. The names of their
# tables are looked up when a function is called, in the placement of the scope.
_WITH_DIGEST = """
    CREATE OR REPLACE FUNCTION public.token_with_digest(wanted text)
    RETURNS TABLE (api_tokens json, users json, access_stamp uuid)
    LANGUAGE plpgsql STABLE ROWS 1 AS $$
    BEGIN
        RETURN QUERY
        SELECT to_json(token), to_json(person),
               (SELECT stamp FROM access_stamps WHERE tenant_id = token.tenant_id)
          FROM api_tokens token JOIN users person ON person.id = token.user_id
         WHERE token.digest = wanted AND token.revoked_at IS NULL
           AND (token.expires_at IS NULL OR token.expires_at > statement_timestamp())
           AND person.is_active
           AND (person.kind <> 'support' OR EXISTS (
                SELECT FROM support_accesses given
                 WHERE given.user_id = person.id AND given.revoked_at IS NULL
                   AND given.expires_at > statement_timestamp()));
    END $$
"""
_CALLER = """
    CREATE OR REPLACE FUNCTION public.caller(wanted_host text, wanted_tenant uuid, wanted_digest text)
    RETURNS TABLE (
        tenants json,
        service_plans json,
        placements json,
        api_tokens json,
        users json,
        access_stamp uuid
    )
    LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
    BEGIN
        SELECT to_json(tenants_row), to_json(service_plans_row), to_json(placements_row)
          INTO tenants, service_plans, placements
          FROM public.domains domains_row
          JOIN public.tenants tenants_row ON tenants_row.id = domains_row.tenant_id
          JOIN public.service_plans service_plans_row ON service_plans_row.key = tenants_row.plan
          JOIN public.placements placements_row ON placements_row.id = tenants_row.placement_id
         WHERE domains_row.domain = wanted_host AND domains_row.verified_at IS NOT NULL
           AND domains_row.redirects_until IS NULL AND tenants_row.id = wanted_tenant
           AND tenants_row.status = 'active' AND placements_row.status = 'ready'
           -- A write to a tenant that moves is refused before it waits for the move.
           AND coalesce(tenants_row.writes_fenced_until <= clock_timestamp(), true);
        IF NOT FOUND THEN
            RETURN;
        END IF;
        PERFORM public.enter_tenant(wanted_tenant);
        SELECT found.* INTO api_tokens, users, access_stamp
          FROM public.token_with_digest(wanted_digest) found;
        RETURN NEXT;
    END $$
"""


class Migration(migrations.Migration):
    """Functions that find who calls, with plans that PostgreSQL keeps."""

    dependencies: ClassVar = [("tenants", "0002_tenant_lookups")]
    acknowledged: ClassVar = {
        "run-sql": "Makes two functions, which lock no table and which the running release ignores."
    }
    operations: ClassVar = [
        migrations.RunSQL(_WITH_DIGEST, "DROP FUNCTION public.token_with_digest(text)"),
        migrations.RunSQL(_CALLER, "DROP FUNCTION public.caller(text, uuid, text)"),
    ]
