"""What browsers and identity providers reach at a tenant's host."""
