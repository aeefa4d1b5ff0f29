"""Tenants themselves: created, renamed, changed; their endpoints and their page."""
