"""E-mail to a tenant's people: invitations, and notices of what concerns their account."""
