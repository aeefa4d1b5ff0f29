from typing import ClassVar

from django.db import migrations

# The one key that left a placement. Citus would make local tables of its own kind of everything
# that hangs on it, on which new placements could not be made in one message (decision 16).
# Content types are written by migrations alone and never deleted by a request.
_DROP = """
    DO $do$
    DECLARE leaving name;
    BEGIN
        FOR leaving IN SELECT conname FROM pg_constraint
            WHERE conrelid = 'django_admin_log'::regclass AND contype = 'f'
              AND confrelid = 'public.django_content_type'::regclass
        LOOP
            EXECUTE format('ALTER TABLE django_admin_log DROP CONSTRAINT %I', leaving);
        END LOOP;
    END $do$
"""
_RESTORE = """
    ALTER TABLE django_admin_log ADD FOREIGN KEY (content_type_id)
    REFERENCES public.django_content_type (id) DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    """No foreign key leaves a placement, so that a placement can live on another node."""

    dependencies: ClassVar = [("rbac", "0005_invitation")]
    acknowledged: ClassVar = {
        "run-sql": "Dropping a key scans nothing; it locks the log and the content types briefly."
    }

    operations: ClassVar = [migrations.RunSQL(_DROP, _RESTORE)]
