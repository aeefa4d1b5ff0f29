"""Workload identities over the API."""
