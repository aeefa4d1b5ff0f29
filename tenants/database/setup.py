"""The roles and the database, made as a superuser before the first migration."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tenants.database.roles import APP_ROLE, OWNER_ROLE

_APP_ATTRIBUTES = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT"
# BYPASSRLS: with FORCE, data migrations and backups would otherwise see no rows.
_OWNER_ATTRIBUTES = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS"

# Each of these would show one tenant what the others do: the statements that run,
# and samples of the values in their columns.
LEAKY_VIEWS = (
    "pg_catalog.pg_stat_activity",
    "pg_catalog.pg_stats",
    "pg_catalog.pg_stats_ext",
    "pg_catalog.pg_stats_ext_exprs",
)
# By the names of functions: the views above rest on some, and anybody could call the others:
# statements, locks and addresses of other sessions, and ways to end them. What they do to
# sessions of the same role, and here all tenants share one, PostgreSQL would not check.
LEAKY_FUNCTIONS = (
    "^(pg_stat_get_backend_.*|pg_stat_get_activity|pg_stat_get_progress_info"
    "|pg_stat_get_wal_senders|pg_stat_statements.*|pg_lock_status|pg_blocking_pids"
    "|pg_safe_snapshot_blocking_pids|pg_prepared_statement|pg_prepared_xact|pg_cursor"
    "|pg_cancel_backend|pg_terminate_backend)$"
)
_REVOKE_FUNCTIONS = f"""
    DO $$
    DECLARE leaky_view regprocedure;
    BEGIN
        FOR leaky_view IN SELECT oid FROM pg_proc WHERE proname ~ '{LEAKY_FUNCTIONS}' LOOP
            EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', leaky_view);
        END LOOP;
    END $$
"""  # noqa: S608  # a constant
# What the owner's commands need to say whom they wait for.
_OWNERS_FUNCTIONS = (
    "pg_catalog.pg_stat_get_activity(integer)",
    "pg_catalog.pg_lock_status()",
    "pg_catalog.pg_blocking_pids(integer)",
)
ROLE_SETTINGS = {"search_path": "public", "timezone": "UTC"}
"""What is stored for both roles in the database, and nothing else."""
MAINTENANCE_DATABASES = ("postgres", "template1")
"""Everybody may connect to these by default, and see from there what was revoked here."""


class UnexpectedRole(ValueError):
    """A database URL names another user than the role it is for."""


@dataclass(frozen=True, slots=True)
class DatabaseSetup:
    """What to create, read off the two database URLs."""

    database: str
    app_password: str = field(repr=False)
    owner_password: str = field(repr=False)

    @classmethod
    def from_urls(cls, application_url: str, owner_url: str) -> DatabaseSetup:
        """Read names and passwords from ``DATABASE_URL`` and ``DATABASE_OWNER_URL``.

        Raises:
            UnexpectedRole: a URL does not use the role it is for.
        """
        app, owner = conninfo_to_dict(application_url), conninfo_to_dict(owner_url)
        for parameters, role, variable in (
            (app, APP_ROLE, "DATABASE_URL"),
            (owner, OWNER_ROLE, "DATABASE_OWNER_URL"),
        ):
            if parameters.get("user") != role:
                raise UnexpectedRole(f"{variable} must connect as {role}.")
        return cls(
            database=str(owner["dbname"]),
            app_password=str(app.get("password") or ""),
            owner_password=str(owner.get("password") or ""),
        )

    def run(self, admin_url: str) -> None:
        """Create or repair everything.

        Raises:
            psycopg.Error: the administrator may not do this, or the server is not there.
        """
        with psycopg.connect(admin_url, autocommit=True) as admin:
            for statement in (*self._roles(admin), *self._database(admin)):
                admin.execute(statement)
        inside = make_conninfo(admin_url, dbname=self.database)
        with psycopg.connect(inside, autocommit=True) as admin:
            for grant in self._grants():
                admin.execute(grant)

    def describe(self) -> list[str]:
        """The statements as text, passwords left out."""
        return [
            statement.as_string(None)
            for statement in (
                _role("CREATE", OWNER_ROLE, _OWNER_ATTRIBUTES, "***"),
                _role("CREATE", APP_ROLE, _APP_ATTRIBUTES, "***"),
                self._create_database(),
                *self._grants(),
            )
        ]

    def _roles(self, admin: psycopg.Connection[tuple[object, ...]]) -> list[sql.Composed]:
        existing = {row[0] for row in admin.execute("SELECT rolname FROM pg_roles")}
        return [
            _role("ALTER" if role in existing else "CREATE", role, attributes, password)
            for role, attributes, password in (
                (OWNER_ROLE, _OWNER_ATTRIBUTES, self.owner_password),
                (APP_ROLE, _APP_ATTRIBUTES, self.app_password),
            )
        ]

    def _database(self, admin: psycopg.Connection[tuple[object, ...]]) -> list[sql.Composed]:
        found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.database])
        if found.fetchone() is None:
            return [self._create_database()]
        return [
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                sql.Identifier(self.database), sql.Identifier(OWNER_ROLE)
            )
        ]

    def _create_database(self) -> sql.Composed:
        return sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
            sql.Identifier(self.database), sql.Identifier(OWNER_ROLE)
        )

    def _grants(self) -> list[sql.SQL | sql.Composed]:
        database, app = sql.Identifier(self.database), sql.Identifier(APP_ROLE)
        owner = sql.Identifier(OWNER_ROLE)
        return [
            # TEMPORARY would let the application shadow a table with its own.
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, app),
            sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner),
            sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app),
            *(
                sql.SQL("ALTER ROLE {} IN DATABASE {} SET {}").format(role, database, setting)
                for role in (app, owner)
                for setting in (
                    sql.SQL("{} = {}").format(sql.SQL(name), sql.Literal(value))
                    for name, value in ROLE_SETTINGS.items()
                )
            ),
            *(sql.SQL(f"REVOKE ALL ON {view} FROM PUBLIC") for view in LEAKY_VIEWS),
            sql.SQL(_REVOKE_FUNCTIONS),
            *(
                sql.SQL(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
                for name in MAINTENANCE_DATABASES
            ),
            # Operators' commands say whom they wait for; of others' sessions the owner sees no
            # statement, only role, application and number.
            sql.SQL("GRANT SELECT ON pg_catalog.pg_stat_activity TO {}").format(owner),
            *(
                sql.SQL(f"GRANT EXECUTE ON FUNCTION {function} TO {{}}").format(owner)
                for function in _OWNERS_FUNCTIONS
            ),
        ]


def _role(verb: str, role: str, attributes: str, password: str) -> sql.Composed:
    return sql.SQL("{verb} ROLE {role} {attributes} PASSWORD {password}").format(
        verb=sql.SQL(verb),
        role=sql.Identifier(role),
        attributes=sql.SQL(attributes),
        password=sql.Literal(password),
    )
