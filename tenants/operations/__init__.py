"""Long work on tenants: queued with the request, done by the process that is the owner."""
