"""The template of placements, and the script that makes another schema like it.

The template is a placement that never holds a tenant. Migrations reach it first, so what is
copied from it is what a migrated placement has, without running a migration.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from tenants.database.roles import APP_ROLE
from tenants.database.session import SCHEMA_NAME, UnsafeSchemaName
from tenants.models import Placement, PlacementKind, PlacementStatus
from tenants.provisioning.catalog import definitions

TEMPLATE_SCHEMA = "placement_template"
# SQLSTATEs of ours, raised by the script.
TEMPLATE_CHANGED = "IA002"
NOT_PENDING = "IA003"
_COPY_RECORD = f"""
    INSERT INTO django_migrations (app, name, applied)
    SELECT app, name, now() FROM {TEMPLATE_SCHEMA}.django_migrations ORDER BY id
"""  # noqa: S608  # a constant


@dataclass(frozen=True, slots=True)
class TemplateScript:
    """All that a new placement gets, as the SQL of one message.

    PostgreSQL runs the statements of one message as one transaction, so a placement is made
    whole and marked as ready, or there is no trace of it.

    Attributes:
        migrations: the fingerprint of the migrations that the template had.
        statements: what makes its objects, without the name of a schema.
    """

    migrations: str
    statements: tuple[str, ...]

    def for_schema(self, schema: str) -> str:
        """The SQL that makes the placement ``schema``, whose row exists and is not ready.

        It fails with ``TEMPLATE_CHANGED`` if the template was migrated since it was read,
        and with ``NOT_PENDING`` if another process was faster.
        """
        if SCHEMA_NAME.fullmatch(schema) is None:
            raise UnsafeSchemaName(f"{schema!r} is not a schema name of this platform.")
        return ";\n".join(
            [
                self._claim(schema),
                f"CREATE SCHEMA {schema}",
                f"GRANT USAGE ON SCHEMA {schema} TO {APP_ROLE}",
                f"SELECT set_config('search_path', '{schema}, public', true)",
                *self.statements,
                _COPY_RECORD,
                # The same message may stand inside a transaction that goes on.
                "SELECT set_config('search_path', 'public', true)",
            ]
        )

    def _claim(self, schema: str) -> str:
        """Hold the template still, and take the placement, until the transaction ends."""
        # The application role may write what is noted there, so it is not to end the string.
        migrations = sql.Literal(self.migrations).as_string(None)
        return f"""
            DO $$ BEGIN
                PERFORM FROM public.placements WHERE schema_name = '{TEMPLATE_SCHEMA}'
                    AND status = '{PlacementStatus.READY}' AND migrations = {migrations}
                    FOR SHARE;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'The template has changed.'
                        USING ERRCODE = '{TEMPLATE_CHANGED}';
                END IF;
                UPDATE public.placements SET status = '{PlacementStatus.READY}', failure = '',
                    migrations = {migrations}
                    WHERE schema_name = '{schema}' AND status <> '{PlacementStatus.READY}';
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'The placement is not pending.'
                        USING ERRCODE = '{NOT_PENDING}';
                END IF;
            END $$
        """  # noqa: S608  # constants, and a name whose alphabet is closed


class NoTemplate(RuntimeError):
    """There is no template to copy; ``migrate_schemas`` makes it."""


_scripts: dict[str, TemplateScript] = {}


def script() -> TemplateScript:
    """The script of the template as it is now; read from the catalog once per fingerprint.

    Raises:
        NoTemplate: the template does not stand.
        CannotCopy: it holds a kind of object that cannot be copied.
    """
    migrations = (
        Placement.objects.filter(schema_name=TEMPLATE_SCHEMA, status=PlacementStatus.READY)
        .values_list("migrations", flat=True)
        .first()
    )
    if not migrations:
        raise NoTemplate("There is no template of placements; run manage.py migrate_schemas.")
    if migrations not in _scripts:
        _scripts.clear()
        _scripts[migrations] = TemplateScript(migrations, tuple(definitions(TEMPLATE_SCHEMA)))
    return _scripts[migrations]


def forget() -> None:
    """Read the template again at the next call, for whoever changed it by hand."""
    _scripts.clear()


def template_placement() -> Placement:
    """The template's row; made when it is missing."""
    placement, _ = Placement.objects.get_or_create(
        schema_name=TEMPLATE_SCHEMA, defaults={"kind": PlacementKind.TEMPLATE, "capacity": 0}
    )
    return placement
