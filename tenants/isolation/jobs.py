"""What the application role may do with background jobs: add one, and nothing else.

Jobs are rows of ``public`` (procrastinate's tables), so that a job is added in the transaction
that needs it. They have no row-level security: the application role holds nothing on the tables
and may call one function, which runs with its owner's rights. A job names rows by their ids and
carries no content; the tenant that it is for is written by a trigger and not by the caller.
"""

from __future__ import annotations

from tenants.database.roles import APP_ROLE

TABLES = (
    "procrastinate_workers",
    "procrastinate_jobs",
    "procrastinate_events",
    "procrastinate_periodic_defers",
)
DEFER = "procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[])"
STAMP = "jobs_name_their_tenant"

# The client calls it by this name. pg_temp last: nobody shadows a table of ours.
_OPEN_DEFER = (
    f"ALTER FUNCTION public.{DEFER} SECURITY DEFINER SET search_path = public, pg_temp",
    f"REVOKE ALL ON FUNCTION public.{DEFER} FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION public.{DEFER} TO {APP_ROLE}",
)
_STAMP_FUNCTION = f"""
    CREATE OR REPLACE FUNCTION public.{STAMP}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        -- session_user: inside the function above, current_user is its owner.
        IF session_user = '{APP_ROLE}' THEN
            NEW.args := NEW.args || jsonb_build_object(
                'tenant_id', nullif(current_setting('app.current_tenant', true), ''));
        END IF;
        RETURN NEW;
    END $$
"""
_STAMP_TRIGGER = (
    f"CREATE TRIGGER {STAMP} BEFORE INSERT ON public.procrastinate_jobs "
    f"FOR EACH ROW EXECUTE FUNCTION public.{STAMP}()"
)
# ALWAYS: a session that sets session_replication_role does not slip past.
_ALWAYS = f"ALTER TABLE public.procrastinate_jobs ENABLE ALWAYS TRIGGER {STAMP}"

INSTALL = (*_OPEN_DEFER, _STAMP_FUNCTION, _STAMP_TRIGGER, _ALWAYS)
# The trigger that guards, with what makes it again.
GUARD = {
    f"procrastinate_jobs.{STAMP}": f"DROP TRIGGER IF EXISTS {STAMP} ON public.procrastinate_jobs; "
    f"{_STAMP_TRIGGER}; {_ALWAYS};"
}
REMOVE = (
    f"DROP TRIGGER {STAMP} ON public.procrastinate_jobs",
    f"DROP FUNCTION public.{STAMP}()",
    f"REVOKE ALL ON FUNCTION public.{DEFER} FROM {APP_ROLE}",
    f"ALTER FUNCTION public.{DEFER} SECURITY INVOKER RESET search_path",
)

# What belongs there, as the catalog check names it.
DEFINERS = frozenset({DEFER, f"public.{DEFER}"})
TRIGGERS = frozenset(
    f"procrastinate_jobs.{name}"
    for name in (
        "procrastinate_jobs_notify_queue_job_inserted_v1",
        "procrastinate_jobs_notify_queue_job_aborted_v1",
        "procrastinate_trigger_abort_requested_events_v1",
        "procrastinate_trigger_delete_jobs_v1",
        "procrastinate_trigger_scheduled_events_v1",
        "procrastinate_trigger_status_events_insert_v1",
        "procrastinate_trigger_status_events_update_v1",
    )
)
