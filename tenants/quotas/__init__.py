"""How much a tenant may use: the quotas, their limits, and what keeps to them."""
