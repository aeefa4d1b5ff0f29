-- Spreads every placement that still lies on the coordinator over the nodes. Safe to run again:
--   psql "$DATABASE_OWNER_URL" --set ON_ERROR_STOP=1 --file deployment/citus/distribute.sql
-- The template stays: it holds no tenant, and new placements are copied from it on the coordinator.
\set QUIET on
SET client_min_messages = warning;
-- One transaction each, so that a placement is locked only while it is distributed itself.
SELECT format('SELECT citus_schema_distribute(%L)', p.schema_name)
FROM public.placements p
WHERE p.status = 'ready' AND p.kind <> 'template'
  AND NOT EXISTS (SELECT FROM citus_schemas c WHERE c.schema_name::text = p.schema_name)
ORDER BY p.id
\gexec
SELECT s.schema_name, n.nodename, n.nodeport, s.schema_size
FROM citus_schemas s
JOIN LATERAL (SELECT DISTINCT nodename, nodeport FROM citus_shards
              WHERE colocation_id = s.colocation_id) n ON true
ORDER BY n.nodename, n.nodeport, s.schema_name;
