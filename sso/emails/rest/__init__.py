"""Endpoints of e-mail."""
