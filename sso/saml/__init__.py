"""SAML 2.0 single sign-on: any number of identity providers for each tenant.

``protocol`` verifies and writes messages and knows no database; the rest of the app keeps what a
tenant configures, and hands it to the protocol as values. docs/saml.md describes it.
"""
