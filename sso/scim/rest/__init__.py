"""SCIM tokens in the API."""
