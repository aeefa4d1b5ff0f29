"""Endpoints of the login log."""
