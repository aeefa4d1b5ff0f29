"""Which e-mail domains are a tenant's people's, and by which identity provider they sign on.

docs/sign-in.md describes it. Nobody is found, created or linked by an address: a domain only says
which identity provider's page somebody is led to.
"""
