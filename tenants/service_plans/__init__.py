"""Plans that tenants have, and the limits in them."""
