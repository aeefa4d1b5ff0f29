"""SCIM 2.0: identity providers create, change and deactivate a tenant's users by themselves.

The protocol (RFC 7643 and 7644) is that of the libraries scim2-models and scim2-server;
``protocol`` is what they read from and write to, ``services`` what becomes of users, roles and
teams, and ``rest`` the tokens. docs/scim.md describes it.
"""
