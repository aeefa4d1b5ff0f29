"""The chain of a tenant's audit log: what is hashed, with which key, and how it is verified.

docs/audit-log.md says what it holds against and what it does not.
"""
