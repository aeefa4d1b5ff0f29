"""Endpoints of second factors."""
