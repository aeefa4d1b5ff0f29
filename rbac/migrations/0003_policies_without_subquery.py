from typing import ClassVar

from django.db import migrations

# Citus runs no policy with a subquery on a distributed table (its documentation of 13.x and
# `ErrorIfUnsupportedPolicyExpr`), so that a placement can move to another node.
_CURRENT = "nullif(current_setting('app.current_tenant', true), '')::uuid"
_PLAIN = f"tenant_id = {_CURRENT}"
_SUBQUERY = f"tenant_id = (select {_CURRENT})"


def _alter(condition: str) -> str:
    """Alter the policy of every table that this placement has by now, whichever app's."""
    return f"""
        DO $do$
        DECLARE isolated name;
        BEGIN
            FOR isolated IN SELECT tablename FROM pg_policies
                WHERE schemaname = current_schema() AND policyname = 'tenant_isolation'
            LOOP
                EXECUTE format(
                    $$ALTER POLICY tenant_isolation ON %I USING ({condition})
                      WITH CHECK ({condition})$$, isolated);
            END LOOP;
        END $do$
    """  # noqa: S608  # built from constants


class Migration(migrations.Migration):
    """Tables that come later, or in other apps' migrations, are made with the new policy."""

    dependencies: ClassVar = [("rbac", "0002_adopt_tables")]
    acknowledged: ClassVar = {
        "run-sql": "ALTER POLICY changes the catalog alone; each table is locked for an instant."
    }

    operations: ClassVar = [migrations.RunSQL(_alter(_PLAIN), _alter(_SUBQUERY))]
