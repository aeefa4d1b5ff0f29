"""Single sign-on: SAML, OIDC and SCIM for each tenant."""
