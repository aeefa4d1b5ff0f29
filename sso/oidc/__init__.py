"""Single sign-on by OpenID Connect: any number of identity providers for each tenant.

``protocol`` writes requests and holds answers to the rules, and knows no database; the rest of the
app keeps what a tenant configures, asks the providers, and hands it to the protocol as values.
docs/oidc.md describes it.
"""
