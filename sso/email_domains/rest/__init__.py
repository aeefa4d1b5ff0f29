"""Endpoints of e-mail domains."""
