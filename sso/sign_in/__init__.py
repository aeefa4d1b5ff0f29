"""Signing in: the pages for people, known devices, and sessions.

docs/sign-in.md describes it. Whatever else signs people in joins it by calling
``django.contrib.auth.login``: the session, its record and the audit log follow.
"""
