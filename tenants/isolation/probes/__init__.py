"""Live probes: what the application role can really do, tried out and undone.

The catalog check compares what PostgreSQL says about itself with what it should say. The
probes believe nothing it says: as the application role, over the URL that requests use, they
try to read, write and break out, in transactions that are always rolled back. Every attempt
that must fail has a twin that must succeed, so that a probe which sees nothing at all is a
finding too.
"""

from tenants.isolation.probes.running import probe_placements

__all__ = ["probe_placements"]
