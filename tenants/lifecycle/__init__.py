"""Which status of a tenant follows which."""
