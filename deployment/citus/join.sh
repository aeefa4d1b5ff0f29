#!/bin/sh
# Makes one cluster of nodes that `manage.py setup_database` has prepared. Safe to run again.
#   COORDINATOR=host:port WORKERS="host:port …" DATABASE=iac
#   POSTGRES_PASSWORD, IAC_APP_PASSWORD, IAC_OWNER_PASSWORD: the same on every node
set -eu

as_superuser() { # host:port, then psql's arguments
    node=$1
    shift
    PGPASSWORD=$POSTGRES_PASSWORD psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
        --host "${node%:*}" --port "${node#*:}" --username postgres --dbname "$DATABASE" "$@"
}

for node in $COORDINATOR $WORKERS; do
    # Nodes log in to each other as the role that sent the statement, so each knows its password.
    as_superuser "$node" \
        --set superuser="password=$POSTGRES_PASSWORD" \
        --set owner="password=$IAC_OWNER_PASSWORD" \
        --set app="password=$IAC_APP_PASSWORD" <<'SQL'
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS citus;
DELETE FROM pg_dist_authinfo;
INSERT INTO pg_dist_authinfo VALUES
    (0, 'postgres', :'superuser'), (0, 'iac_owner', :'owner'), (0, 'iac_app', :'app');
SQL
done

as_superuser "$COORDINATOR" --output /dev/null \
    --command "SELECT citus_set_coordinator_host('${COORDINATOR%:*}', ${COORDINATOR#*:})"
for worker in $WORKERS; do
    as_superuser "$COORDINATOR" --output /dev/null \
        --command "SELECT citus_add_node('${worker%:*}', ${worker#*:})"
done
# Carries the tenant of a transaction (SET LOCAL) to the node that holds the rows. Not for the
# owner: its messages may hold more than the SET, and Citus sends the text of the whole message on.
as_superuser "$COORDINATOR" \
    --command "ALTER ROLE iac_app IN DATABASE \"$DATABASE\" SET citus.propagate_set_commands = 'local'"
# These views list every tenant's schema, its size and what runs, and the extension opens them to
# everybody.
for node in $COORDINATOR $WORKERS; do
    as_superuser "$node" --output /dev/null <<'SQL'
SELECT format('REVOKE ALL ON %1$s FROM PUBLIC; GRANT SELECT ON %1$s TO iac_owner', oid::regclass)
FROM pg_class
WHERE relkind = 'v' AND relnamespace = 'pg_catalog'::regnamespace AND relname ~ '^citus_'
\gexec
SQL
done
as_superuser "$COORDINATOR" --command "SELECT nodename, nodeport, noderole, shouldhaveshards FROM pg_dist_node ORDER BY 1, 2"
