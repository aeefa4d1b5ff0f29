"""A small service over one table, built on the gateway as every endpoint of the platform is."""
