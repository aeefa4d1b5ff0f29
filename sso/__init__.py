"""Single sign-on: SAML, OIDC and SCIM for each tenant. Nothing signs on here yet."""
