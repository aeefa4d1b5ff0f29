"""Workload identities: tokens of a CI system, exchanged for short-lived ones of the platform.

A tenant says which issuer, audience, subject and claims it trusts, and as which service account a
workload then acts. So no secret of the platform is stored at the CI system.
"""
