"""Endpoints of how people sign in."""
