"""How a transaction enters a tenant's scope: one function in the database.

The database, not the process, decides which schema holds a tenant's rows: a process may
have looked the tenant up before it moved. The function holds a lock on the tenant until
the transaction ends, so a move (``tenants.moves``) can wait for everybody who is inside,
and makes the transaction read-only while a move fences writes off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

FUNCTION = "enter_tenant"
# The first of the lock's two keys, as it were: our advisory locks of tenants have this seed.
LOCK_SEED = 20251203
# SQLSTATE of ours (class IA), raised for a tenant that does not exist.
NO_SUCH_TENANT = "IA001"
# Likewise, for a transaction that sees the platform as it was when it began.
STALE_SNAPSHOT = "IA004"

# SET LOCAL, not set_config(): Citus carries only the former to the node that holds the rows
# (decision 16).
# A statement inside a volatile function takes a snapshot of its own, so the placement is
# read as it is once the lock is held
# (https://www.postgresql.org/docs/current/xfunc-volatility.html). Under another isolation level
# it would be read as it was when the transaction began: of a tenant that has moved since, the
# rows written would be nobody's.
CREATE_FUNCTION = f"""
    CREATE OR REPLACE FUNCTION public.{FUNCTION}(wanted uuid) RETURNS void
    LANGUAGE plpgsql VOLATILE AS $$
    DECLARE
        home text;
        fenced boolean;
    BEGIN
        IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION 'A tenant is entered under READ COMMITTED only.'
                USING ERRCODE = '{STALE_SNAPSHOT}';
        END IF;
        EXECUTE format('SET LOCAL app.current_tenant = %L', wanted);
        PERFORM pg_advisory_xact_lock_shared(hashtextextended(wanted::text, {LOCK_SEED}));
        SELECT p.schema_name, coalesce(t.writes_fenced_until > clock_timestamp(), false)
          INTO home, fenced
          FROM public.tenants t JOIN public.placements p ON p.id = t.placement_id
         WHERE t.id = wanted;
        IF home IS NULL THEN
            RAISE EXCEPTION 'There is no tenant %.', wanted USING ERRCODE = '{NO_SUCH_TENANT}';
        END IF;
        EXECUTE format('SET LOCAL search_path = %I, public', home);
        IF fenced THEN
            SET LOCAL transaction_read_only = on;
        END IF;
    END $$
"""  # noqa: S608  # built from constants
DROP_FUNCTION = f"DROP FUNCTION public.{FUNCTION}(uuid)"

# What a move runs to wait until nobody is inside; it ends with the transaction.
EXCLUSIVE_LOCK = f"SELECT pg_advisory_xact_lock(hashtextextended(%s, {LOCK_SEED}))"


def enter(tenant_id: UUID | str) -> str:
    """The statement that enters a tenant's scope for the rest of the transaction.

    Args:
        tenant_id: the tenant; checked by the caller to be a UUID, as it is interpolated.
    """
    return f"SELECT public.{FUNCTION}('{tenant_id}')"
