"""The demo's contents: an operator, three tenants with their people, worked blueprints.

A Django app that is installed only where ``IAC_DEMO`` is true; it goes through the same services
as everybody else and has no tables of its own.
"""
