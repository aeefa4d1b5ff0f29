"""Each way of spoiling the isolation of a database, and the findings that it makes."""

from __future__ import annotations

from typing import NamedTuple

from tenants.isolation.rules import TENANT_MATCHES


class Sabotage(NamedTuple):
    """Something that an operator, a restore or a careless migration might do.

    Attributes:
        name: for the test's id.
        sql: what they do; ``{s}`` is the placement's schema.
        expected: what must be found, as ``table: rule``.
        fixes: whether running the findings' ``fix`` must undo it.
    """

    name: str
    sql: str
    expected: tuple[str, ...]
    fixes: bool = True


IN_PLACEMENTS = [
    Sabotage(
        "no-force", "ALTER TABLE {s}.users NO FORCE ROW LEVEL SECURITY", ("users: rls-forced",)
    ),
    Sabotage("no-rls", "ALTER TABLE {s}.users DISABLE ROW LEVEL SECURITY", ("users: rls-enabled",)),
    Sabotage("no-policy", "DROP POLICY tenant_isolation ON {s}.users", ("users: policy-missing",)),
    Sabotage(
        "open-using",
        "ALTER POLICY tenant_isolation ON {s}.users USING (true)",
        ("users: policy-altered",),
    ),
    Sabotage(
        "open-check",
        "ALTER POLICY tenant_isolation ON {s}.users WITH CHECK (true)",
        ("users: policy-altered",),
    ),
    Sabotage(
        "almost-the-same-policy",
        f"ALTER POLICY tenant_isolation ON {{s}}.users USING ({TENANT_MATCHES} OR is_active)",
        ("users: policy-altered",),
    ),
    Sabotage(
        "policy-for-everybody",
        "ALTER POLICY tenant_isolation ON {s}.users TO PUBLIC",
        ("users: policy-altered",),
    ),
    Sabotage(
        "policy-for-one-command",
        "DROP POLICY tenant_isolation ON {s}.users; CREATE POLICY tenant_isolation ON {s}.users "
        f"FOR SELECT TO iac_app USING ({TENANT_MATCHES})",
        ("users: policy-altered",),
    ),
    Sabotage(
        "second-policy",
        "CREATE POLICY support ON {s}.users FOR SELECT TO iac_app USING (true)",
        ("users: unexpected-policy",),
    ),
    Sabotage(
        "no-composite-key",
        "ALTER TABLE {s}.user_roles DROP CONSTRAINT user_roles_user_id_tenant_fk",
        ("user_roles: composite-foreign-key",),
    ),
    Sabotage(
        "cascading-key",
        "ALTER TABLE {s}.user_roles DROP CONSTRAINT user_roles_user_id_tenant_fk, "
        "ADD CONSTRAINT user_roles_user_id_tenant_fk FOREIGN KEY (tenant_id, user_id) "
        "REFERENCES {s}.users (tenant_id, id) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
        ("user_roles: composite-foreign-key",),
    ),
    Sabotage(
        "plain-key",
        "ALTER TABLE {s}.api_tokens ADD CONSTRAINT plain FOREIGN KEY (user_id) "
        "REFERENCES {s}.users (id)",
        ("api_tokens: plain-foreign-key",),
    ),
    Sabotage(
        "key-into-another-placement",
        "ALTER TABLE {s}.api_tokens ADD CONSTRAINT astray FOREIGN KEY (tenant_id, user_id) "
        "REFERENCES platform.users (tenant_id, id) NOT VALID",
        ("api_tokens: plain-foreign-key",),
    ),
    Sabotage(
        "no-key-index",
        "DROP INDEX {s}.api_tokens_user_id_tenant_idx",
        ("api_tokens: foreign-key-index",),
    ),
    Sabotage(
        "no-tenant-key",
        "ALTER TABLE {s}.roles DROP CONSTRAINT roles_tenant_key CASCADE",
        (
            "roles: tenant-key",
            "role_parents: composite-foreign-key",
            "role_permissions: composite-foreign-key",
            "user_roles: composite-foreign-key",
        ),
        # Fixed in the order of the findings: the key first, then what refers to it.
    ),
    Sabotage(
        "unique-across-tenants",
        "CREATE UNIQUE INDEX one_email ON {s}.users (email, id)",
        ("users: unique-across-tenants",),
        fixes=False,
    ),
    Sabotage(
        "unique-expression",
        "CREATE UNIQUE INDEX one_email ON {s}.users ((lower(email)), tenant_id, id)",
        ("users: unique-across-tenants",),
        fixes=False,
    ),
    Sabotage(
        "nullable-tenant",
        "ALTER TABLE {s}.users ALTER COLUMN tenant_id DROP NOT NULL",
        ("users: tenant-not-null",),
    ),
    Sabotage(
        "no-default",
        "ALTER TABLE {s}.users ALTER COLUMN tenant_id DROP DEFAULT",
        ("users: tenant-default",),
    ),
    Sabotage("grant-truncate", "GRANT TRUNCATE ON {s}.users TO iac_app", ("users: grant-excess",)),
    Sabotage("revoke-select", "REVOKE SELECT ON {s}.users FROM iac_app", ("users: grant-missing",)),
    Sabotage(
        "writable-audit",
        "GRANT UPDATE ON {s}.audit_entries TO iac_app",
        ("audit_entries: grant-excess",),
    ),
    Sabotage(
        "erasable-admin-log",
        "GRANT DELETE ON {s}.django_admin_log TO iac_app",
        ("django_admin_log: grant-excess",),
    ),
    Sabotage(
        "writable-migrations",
        "GRANT INSERT ON {s}.django_migrations TO iac_app",
        ("django_migrations: grant-excess",),
    ),
    Sabotage(
        "forgotten-migration",
        "DELETE FROM {s}.django_migrations WHERE app = 'rbac' AND name = '0002_adopt_admin_log'",
        ("django_migrations: migrations-record",),
    ),
    Sabotage(
        "wrong-note",
        "UPDATE public.placements SET migrations = repeat('0', 64) WHERE schema_name = '{s}'",
        ("django_migrations: migrations-record",),
    ),
    Sabotage("grant-to-all", "GRANT SELECT ON {s}.users TO PUBLIC", ("users: grant-to-others",)),
    Sabotage(
        "grant-to-a-monitor",
        "GRANT SELECT ON {s}.users TO pg_monitor",
        ("users: grant-to-others",),
    ),
    Sabotage(
        "column-grant", "GRANT SELECT (email) ON {s}.users TO PUBLIC", ("users: column-grant",)
    ),
    Sabotage(
        "sequence-grant",
        "GRANT SELECT ON SEQUENCE {s}.django_admin_log_id_seq TO iac_app",
        ("django_admin_log_id_seq: grant-excess",),
    ),
    Sabotage("create-in-schema", "GRANT CREATE ON SCHEMA {s} TO iac_app", (": schema-grant",)),
    Sabotage("schema-for-all", "GRANT USAGE ON SCHEMA {s} TO PUBLIC", (": schema-grant",)),
    Sabotage("no-usage", "REVOKE USAGE ON SCHEMA {s} FROM iac_app", (": schema-usage",)),
    Sabotage("app-owns-schema", "ALTER SCHEMA {s} OWNER TO pg_monitor", (": owner",)),
    Sabotage(
        "app-owns-table", "ALTER TABLE {s}.api_tokens OWNER TO pg_monitor", ("api_tokens: owner",)
    ),
    Sabotage(
        "unknown-table",
        "CREATE TABLE {s}.notes (body text); ALTER TABLE {s}.notes OWNER TO iac_owner",
        ("notes: unexpected-table",),
        fixes=False,
    ),
    Sabotage(
        "partition",
        "CREATE TABLE {s}.notes (day date) PARTITION BY RANGE (day)",
        ("notes: unexpected-table",),
        fixes=False,
    ),
    Sabotage(
        "lost-table", "DROP TABLE {s}.api_tokens", ("api_tokens: table-missing",), fixes=False
    ),
    Sabotage(
        "view", "CREATE VIEW {s}.people AS SELECT * FROM {s}.users", ("people: view-as-owner",)
    ),
    Sabotage(
        "materialised-view",
        "CREATE MATERIALIZED VIEW {s}.people AS SELECT * FROM {s}.users",
        ("people: unexpected-relation",),
        fixes=False,
    ),
    Sabotage(
        "definer",
        "CREATE FUNCTION {s}.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT count(*) FROM {s}.users'",
        ("{s}.peek(): security-definer",),
    ),
    Sabotage(
        "trigger",
        "CREATE FUNCTION {s}.copy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; "
        "CREATE TRIGGER spy AFTER INSERT ON {s}.users FOR EACH ROW EXECUTE FUNCTION {s}.copy()",
        ("users.spy: unexpected-trigger",),
        fixes=False,
    ),
    Sabotage(
        "rewrite-rule",
        "CREATE RULE quiet AS ON DELETE TO {s}.roles DO INSTEAD NOTHING",
        ("roles.quiet: unexpected-rewrite",),
        fixes=False,
    ),
]

IN_PUBLIC = [
    Sabotage(
        "tenant-table",
        "CREATE TABLE public.users (id uuid); ALTER TABLE public.users OWNER TO iac_owner",
        ("users: tenant-table-in-public",),
        fixes=False,
    ),
    Sabotage(
        "scratch-table",
        "CREATE TABLE public.scratch (id uuid); ALTER TABLE public.scratch OWNER TO iac_owner",
        ("scratch: unexpected-table",),
        fixes=False,
    ),
    Sabotage(
        "readable-permissions",
        "GRANT SELECT ON public.auth_permission TO iac_app",
        ("auth_permission: grant-excess",),
    ),
    Sabotage(
        "deletable-tenants", "GRANT DELETE ON public.tenants TO iac_app", ("tenants: grant-excess",)
    ),
    Sabotage(
        "no-force", "ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY", ("tenants: rls-forced",)
    ),
    Sabotage(
        "anyone-writes",
        "ALTER POLICY operator_writes ON public.tenants USING (true)",
        ("tenants: policy-altered",),
    ),
    Sabotage(
        "anyone-reads",
        "ALTER POLICY scope_reads ON public.placements USING (true)",
        ("placements: policy-altered",),
    ),
    Sabotage(
        "tenants-verify-themselves",
        "ALTER POLICY tenant_adds ON public.domains WITH CHECK (true)",
        ("domains: policy-altered",),
    ),
    Sabotage(
        "tenants-strike-out-any-domain",
        "ALTER POLICY tenant_removes ON public.domains USING (true)",
        ("domains: policy-altered",),
    ),
    Sabotage(
        "tenants-change-what-they-lock",
        "ALTER POLICY tenant_locks ON public.domains WITH CHECK (true)",
        ("domains: policy-altered",),
    ),
    Sabotage(
        "tenants-add-none",
        "DROP POLICY tenant_adds ON public.domains",
        ("domains: policy-missing",),
    ),
    Sabotage(
        "tenants-change-domains",
        "CREATE POLICY tenant_changes ON public.domains FOR UPDATE TO iac_app USING (true)",
        ("domains: unexpected-policy",),
    ),
    Sabotage(
        "anchors-can-go-back",
        "DROP TRIGGER only_forward ON public.audit_anchors",
        ("audit_anchors.only_forward: trigger-missing",),
    ),
    Sabotage(
        "anchors-can-go-back-at-times",
        "ALTER TABLE public.audit_anchors ENABLE TRIGGER only_forward",
        ("audit_anchors.only_forward: trigger-missing",),
    ),
    Sabotage("create-in-public", "GRANT CREATE ON SCHEMA public TO PUBLIC", (": schema-grant",)),
    Sabotage(
        "definer",
        "CREATE FUNCTION public.peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        ("peek(): security-definer",),
    ),
]

# Schema and table are empty or the role's name.
ELSEWHERE = [
    Sabotage("bypass", "ALTER ROLE iac_app BYPASSRLS", ("iac_app: role-attribute",), fixes=False),
    Sabotage(
        "superuser", "ALTER ROLE iac_app SUPERUSER", ("iac_app: role-attribute",), fixes=False
    ),
    Sabotage("creator", "ALTER ROLE iac_app CREATEROLE", ("iac_app: role-attribute",), fixes=False),
    Sabotage("member", "GRANT iac_owner TO iac_app", ("iac_app: role-membership",)),
    Sabotage(
        "weak-owner",
        "ALTER ROLE iac_owner NOBYPASSRLS",
        ("iac_owner: role-attribute",),
        fixes=False,
    ),
    Sabotage("leaky-view", "GRANT SELECT ON pg_stats TO PUBLIC", ("iac_app: leaky-view",)),
    Sabotage(
        "leaky-function",
        "GRANT EXECUTE ON FUNCTION pg_stat_get_backend_activity(integer) TO PUBLIC",
        ("iac_app: leaky-view",),
        fixes=False,
    ),
    Sabotage(
        "role-setting",
        "ALTER ROLE iac_app SET statement_timeout = '1ms'",
        ("iac_app: role-setting",),
        fixes=False,
    ),
    Sabotage(
        "other-database",
        "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
        ("iac_app: other-database",),
        fixes=False,
    ),
    Sabotage(
        "temporary",
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO iac_app', "
        "current_database()); END $$",
        ("iac_app: database-grant",),
        fixes=False,
    ),
    Sabotage(
        "default-privileges",
        "ALTER DEFAULT PRIVILEGES FOR ROLE iac_owner GRANT SELECT ON TABLES TO iac_app",
        ("iac_app: default-privileges",),
        fixes=False,
    ),
]
