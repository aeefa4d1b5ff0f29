-- Spreads every placement that still lies on the coordinator over the nodes. Safe to run again:
--   psql "$DATABASE_OWNER_URL" --set ON_ERROR_STOP=1 --file deployment/citus/distribute.sql
-- Where the application was running before, tell PgBouncer to RECONNECT first: a session that was
-- opened before join.sh does not carry the tenant to the nodes, and shows and takes nothing.
-- The template stays: it holds no tenant, and new placements are copied from it on the coordinator.
\set QUIET on
\o /dev/null
SET client_min_messages = warning;
-- One transaction each, so that a placement is locked only while it is distributed itself.
SELECT format('SELECT citus_schema_distribute(%L)', p.schema_name)
FROM public.placements p
WHERE p.status = 'ready' AND p.kind <> 'template'
  AND NOT EXISTS (SELECT FROM citus_schemas c WHERE c.schema_name::text = p.schema_name)
ORDER BY p.id
\gexec
-- What lay here stays on this disk until it is truncated. Truncating one table empties those that
-- refer to it, too; so only tables that still hold something are named, one at a time.
SELECT format('SELECT truncate_local_data_after_distributing_table(%L)', c.oid::regclass)
FROM citus_schemas s
JOIN pg_class c ON c.relnamespace = s.schema_name AND c.relkind = 'r'
WHERE pg_relation_size(c.oid) > 0
ORDER BY c.oid
\gexec
\o
SELECT s.schema_name, n.nodename, n.nodeport, s.schema_size
FROM citus_schemas s
JOIN LATERAL (SELECT DISTINCT nodename, nodeport FROM citus_shards
              WHERE colocation_id = s.colocation_id) n ON true
ORDER BY n.nodename, n.nodeport, s.schema_name;
