"""The login log: what came of sign-ons through identity providers, for the tenant's admins."""
