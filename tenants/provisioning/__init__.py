"""Making placements: a schema, its tables, policies, keys and grants. Runs as the owner."""
